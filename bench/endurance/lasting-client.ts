/** What clients share that stay: one request under way at a time, and what becomes of it told. */
import type { Socket } from 'node:net';

import type { Random } from '../handover/random.js';
import { PATIENCE_MS } from '../patience.js';
import type { ClientCounts, ClientLoss, LossKind } from './clients-protocol.js';

const RETRY_MS = 20;

export interface ClientContext {
  port: number;
  /**
   * This client's alone. The kernel gives the port of a connection that was reset to the next that connects from the same
   * address; whoever reads in the log who accepted the lost one must not find that other one there.
   */
  localAddress: string;
  random: Random;
  counts: ClientCounts;
  lose(loss: ClientLoss): void;
  /** Called for each answer. */
  answered(): void;
}

export abstract class LastingClient {
  protected readonly context: ClientContext;
  /** Address and port, as soon as the kernel has chosen them. */
  protected client = '';
  readonly #name: string;
  readonly #from: ClientLoss['from'];
  #beganNs = 0n;
  /** Of the request that is under way. */
  #expected: string | undefined;
  #next = 1;
  #timer: NodeJS.Timeout | undefined;
  #ended: (() => void) | undefined;

  constructor(name: string, from: ClientLoss['from'], context: ClientContext) {
    this.#name = name;
    this.#from = from;
    this.context = context;
  }

  open(): void {
    this.#beganNs = process.hrtime.bigint();
    this.client = '';
    this.connect();
  }

  /** Resolves when nothing is under way. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#ended = resolve;
      if (this.#expected === undefined) this.#finish();
    });
  }

  protected abstract connect(): void;

  /** What connect(2) has been called on; one that is reset before this loop turns has no address any more. */
  protected connects({ localAddress, localPort }: Pick<Socket, 'localAddress' | 'localPort'>): void {
    if (localPort !== undefined) this.client = `${localAddress}:${localPort}`;
  }

  /** Nothing is heard of the connection any more. */
  protected abstract drop(): void;
  /** It will connect again. */
  protected reopening(): void {}

  /** Of the request that is under way. */
  protected get expected(): string | undefined {
    return this.#expected;
  }

  /** The id of a request that begins. */
  protected begin(): string {
    this.#expected = `${this.#name}-${this.#next++}`;
    return this.#expected;
  }

  /** It is lost when what is waited for does not come; `missing`: `no answer`. */
  protected waitFor(missing: string): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.lose('unanswered', `${missing} in ${PATIENCE_MS} ms`), PATIENCE_MS);
  }

  /** What was due has come. Returns whether more may be asked. */
  protected answered(): boolean {
    clearTimeout(this.#timer);
    this.#expected = undefined;
    this.context.answered();
    if (this.#ended === undefined) return true;
    this.#finish();
    return false;
  }

  /** Goes on after a pause at random. */
  protected pause({ least, most }: { least: number; most: number }, goOn: () => void): void {
    this.#timer = setTimeout(goOn, this.context.random.between(least, most));
  }

  protected lose(kind: LossKind, detail: string): void {
    const endedNs = process.hrtime.bigint();
    const how = kind === 'reset' ? 'cut' : kind === 'wrong' ? 'failed' : kind;
    const where = { client: this.client, beganNs: this.#beganNs, endedNs };
    this.context.lose({ ...where, from: this.#from, kind, how, detail });
    this.reopen(RETRY_MS);
  }

  protected reopen(afterMs: number): void {
    this.#expected = undefined;
    clearTimeout(this.#timer);
    this.drop();
    if (this.#ended !== undefined) return this.#finish();
    this.reopening();
    this.#timer = setTimeout(() => this.open(), afterMs);
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.drop();
    this.#ended?.();
  }
}
