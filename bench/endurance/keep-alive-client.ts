/** A client that keeps its connection, asks at random intervals and checks every answer. */
import net from 'node:net';

import { type Answer, AnswerReader } from '../handover/answers.js';
import type { Random } from '../handover/random.js';
import type { ClientCounts, ClientLoss, LossKind } from './clients-protocol.js';
import { HOST } from './subject.js';

const PATIENCE_MS = 25_000;
const PAUSE_MS = { least: 20, most: 1_000 };
/** One request in so many percent is answered only after a while, so that drains meet requests under way. */
const SLOW_PERCENT = 10;
const SLOW_MS = 40;
const RETRY_MS = 20;

export interface ClientContext {
  port: number;
  random: Random;
  counts: ClientCounts;
  lose(loss: ClientLoss): void;
  /** Called for each answer. */
  answered(): void;
}

export class KeepAliveClient {
  readonly #context: ClientContext;
  readonly #name: string;
  #socket: net.Socket | undefined;
  #beganNs = 0n;
  #client = '';
  /** Of the request that is under way. */
  #expected: string | undefined;
  #next = 1;
  #timer: NodeJS.Timeout | undefined;
  #ended: (() => void) | undefined;

  constructor(name: string, context: ClientContext) {
    this.#name = name;
    this.#context = context;
  }

  open(): void {
    this.#beganNs = process.hrtime.bigint();
    this.#client = '';
    const socket = net.connect({ host: HOST, port: this.#context.port });
    this.#socket = socket;
    socket.setNoDelay(true);
    const reader = new AnswerReader();
    let error: NodeJS.ErrnoException | undefined;
    socket.on('connect', () => (this.#client = `${socket.localAddress}:${socket.localPort}`));
    socket.on('data', (data) => this.#take(() => reader.read(data)));
    socket.on('error', (cause) => (error = cause));
    socket.on('close', () => this.#closed(error));
    this.#ask();
  }

  /** Resolves when nothing is under way. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#ended = resolve;
      if (this.#expected === undefined) this.#finish();
    });
  }

  #ask(): void {
    const slow = this.#context.random.chance(SLOW_PERCENT);
    const id = `${this.#name}-${this.#next++}`;
    this.#expected = id;
    this.#timer = setTimeout(() => this.#lose('unanswered', `no answer in ${PATIENCE_MS} ms`), PATIENCE_MS);
    this.#socket?.write(`GET /${id}${slow ? `?ms=${SLOW_MS}` : ''} HTTP/1.1\r\nHost: endurance\r\n\r\n`);
  }

  #take(read: () => Answer[]): void {
    try {
      for (const answer of read()) this.#check(answer);
    } catch (error) {
      this.#lose('wrong', (error as Error).message);
    }
  }

  #check({ status, headers, body }: Answer): void {
    const id = this.#expected;
    if (id === undefined) return this.#lose('wrong', `an answer to no request: ${status}`);
    if (status !== 200 || headers.get('x-id') !== id || body.toString() !== `/${id}\n`) {
      return this.#lose('wrong', `to ${id}: ${status}, ${headers.get('x-id')}, ${body.length} bytes`);
    }
    clearTimeout(this.#timer);
    this.#expected = undefined;
    this.#context.counts.requests += 1;
    this.#context.answered();
    if (this.#ended !== undefined) return this.#finish();
    if (headers.get('connection') === 'close') return this.#reconnect(0);
    this.#timer = setTimeout(() => this.#ask(), this.#context.random.between(PAUSE_MS.least, PAUSE_MS.most));
  }

  #closed(error: NodeJS.ErrnoException | undefined): void {
    if (this.#expected === undefined) return this.#reconnect(0);
    const detail = error?.message ?? 'closed';
    if (error?.code === 'ECONNREFUSED') return this.#lose('refused', detail);
    this.#lose(error === undefined ? 'cut' : 'reset', `${detail}, with an answer due`);
  }

  #lose(kind: LossKind, detail: string): void {
    const endedNs = process.hrtime.bigint();
    const how = kind === 'reset' ? 'cut' : kind === 'wrong' ? 'failed' : kind;
    const where = { client: this.#client, beganNs: this.#beganNs, endedNs };
    this.#context.lose({ ...where, from: 'keep-alive', kind, how, detail });
    this.#reconnect(RETRY_MS);
  }

  #reconnect(afterMs: number): void {
    this.#expected = undefined;
    clearTimeout(this.#timer);
    this.#drop();
    if (this.#ended !== undefined) return this.#finish();
    this.#context.counts.reconnects += 1;
    this.#timer = setTimeout(() => this.open(), afterMs);
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.#drop();
    this.#ended?.();
  }

  #drop(): void {
    this.#socket?.removeAllListeners('close');
    this.#socket?.destroy();
  }
}
