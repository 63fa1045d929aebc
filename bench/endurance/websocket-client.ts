/** A client that keeps a WebSocket open and has its messages echoed. */
import type { ClientRequest } from 'node:http';

import type { LossKind } from './clients-protocol.js';
import type { ClientContext } from './keep-alive-client.js';
import { HOST } from './subject.js';

const PATIENCE_MS = 25_000;
const PAUSE_MS = { least: 50, most: 1_500 };
const RETRY_MS = 20;
/** Going away, service restart: the server has said goodbye (RFC 6455, and IANA's registry for 1012). */
const TOLD = new Set([1001, 1012]);

/** As much of the package `ws` as is used here. */
export interface WebSocketLike {
  on(event: 'open', listener: () => void): void;
  on(event: 'message', listener: (data: Buffer) => void): void;
  on(event: 'close', listener: (code: number) => void): void;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): void;
  send(data: string): void;
  close(code: number): void;
  terminate(): void;
}

export interface WebSocketSettings {
  /** Called with the request before it is sent. */
  finishRequest(request: ClientRequest): void;
}

export type WebSocketClass = new (url: string, settings: WebSocketSettings) => WebSocketLike;

export class WebSocketClient {
  readonly #context: ClientContext;
  readonly #WebSocket: WebSocketClass;
  readonly #name: string;
  #socket: WebSocketLike | undefined;
  #beganNs = 0n;
  #client = '';
  #expected: string | undefined;
  #next = 1;
  #timer: NodeJS.Timeout | undefined;
  #ended: (() => void) | undefined;

  constructor(name: string, WebSocket: WebSocketClass, context: ClientContext) {
    this.#name = name;
    this.#WebSocket = WebSocket;
    this.#context = context;
  }

  open(): void {
    this.#beganNs = process.hrtime.bigint();
    this.#client = '';
    const finishRequest = (request: ClientRequest): void => {
      request.on('socket', (connection) => {
        connection.once('connect', () => (this.#client = `${connection.localAddress}:${connection.localPort}`));
      });
      request.end();
    };
    const socket = new this.#WebSocket(`ws://${HOST}:${this.#context.port}/`, { finishRequest });
    this.#socket = socket;
    let error: NodeJS.ErrnoException | undefined;
    socket.on('open', () => this.#send());
    socket.on('message', (data) => this.#check(data.toString()));
    socket.on('error', (cause) => (error = cause));
    socket.on('close', (code) => this.#closed(socket, code, error));
    this.#timer = setTimeout(() => this.#lose('unanswered', `not open in ${PATIENCE_MS} ms`), PATIENCE_MS);
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#ended = resolve;
      if (this.#expected === undefined) this.#finish();
    });
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#expected = `${this.#name}-${this.#next++}`;
    this.#timer = setTimeout(() => this.#lose('unanswered', `no echo in ${PATIENCE_MS} ms`), PATIENCE_MS);
    this.#socket?.send(this.#expected);
  }

  #check(message: string): void {
    if (message !== this.#expected) return this.#lose('wrong', `${message} for ${this.#expected}`);
    clearTimeout(this.#timer);
    this.#expected = undefined;
    this.#context.counts.messages += 1;
    this.#context.answered();
    if (this.#ended !== undefined) return this.#finish();
    this.#timer = setTimeout(() => this.#send(), this.#context.random.between(PAUSE_MS.least, PAUSE_MS.most));
  }

  #closed(socket: WebSocketLike, code: number, error: NodeJS.ErrnoException | undefined): void {
    if (socket !== this.#socket) return;
    // A client that is told while it waits for an echo sends again, as it must with any server.
    if (TOLD.has(code)) {
      this.#context.counts.told += 1;
      return this.#reopen(0);
    }
    if (error?.code === 'ECONNREFUSED') return this.#lose('refused', error.message);
    this.#lose('reset', `${error?.message ?? 'ended'}, close code ${code}`);
  }

  #lose(kind: LossKind, detail: string): void {
    const endedNs = process.hrtime.bigint();
    const how = kind === 'reset' ? 'cut' : kind === 'wrong' ? 'failed' : kind;
    const where = { client: this.#client, beganNs: this.#beganNs, endedNs };
    this.#context.lose({ ...where, from: 'WebSocket', kind, how, detail });
    this.#reopen(RETRY_MS);
  }

  #reopen(afterMs: number): void {
    this.#expected = undefined;
    clearTimeout(this.#timer);
    this.#drop();
    if (this.#ended !== undefined) return this.#finish();
    this.#timer = setTimeout(() => this.open(), afterMs);
  }

  #finish(): void {
    clearTimeout(this.#timer);
    this.#drop();
    this.#ended?.();
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
  }
}
