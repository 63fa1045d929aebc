/** A client that keeps a WebSocket open and has its messages echoed. */
import type { ClientRequest } from 'node:http';

import { type ClientContext, LastingClient } from './lasting-client.js';
import { HOST } from './subject.js';

const PAUSE_MS = { least: 50, most: 1_500 };
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
  localAddress: string;
  /** Called with the request before it is sent. */
  finishRequest(request: ClientRequest): void;
}

export type WebSocketClass = new (url: string, settings: WebSocketSettings) => WebSocketLike;

export class WebSocketClient extends LastingClient {
  readonly #WebSocket: WebSocketClass;
  #socket: WebSocketLike | undefined;

  constructor(name: string, WebSocket: WebSocketClass, context: ClientContext) {
    super(name, 'WebSocket', context);
    this.#WebSocket = WebSocket;
  }

  protected override connect(): void {
    const finishRequest = (request: ClientRequest): void => {
      request.on('socket', (connection) => this.connects(connection));
      request.end();
    };
    const { port, localAddress } = this.context;
    const socket = new this.#WebSocket(`ws://${HOST}:${port}/`, { localAddress, finishRequest });
    this.#socket = socket;
    let error: NodeJS.ErrnoException | undefined;
    socket.on('open', () => this.#send());
    socket.on('message', (data) => this.#check(data.toString()));
    socket.on('error', (cause) => (error = cause));
    socket.on('close', (code) => this.#closed(socket, code, error));
    this.waitFor('not open');
  }

  protected override drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.terminate();
  }

  #send(): void {
    const id = this.begin();
    this.waitFor('no echo');
    this.#socket?.send(id);
  }

  #check(message: string): void {
    if (message !== this.expected) return this.lose('wrong', `${message} for ${this.expected}`);
    this.context.counts.messages += 1;
    if (this.answered()) this.pause(PAUSE_MS, () => this.#send());
  }

  #closed(socket: WebSocketLike, code: number, error: NodeJS.ErrnoException | undefined): void {
    if (socket !== this.#socket) return;
    // A client that is told while it waits for an echo sends again, as it must with any server.
    if (TOLD.has(code)) {
      this.context.counts.told += 1;
      return this.reopen(0);
    }
    if (error?.code === 'ECONNREFUSED') return this.lose('refused', error.message);
    this.lose('reset', `${error?.message ?? 'ended'}, close code ${code}`);
  }
}
