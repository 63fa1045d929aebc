/** A client that keeps its connection, asks at random intervals and checks every answer. */
import net from 'node:net';

import { type Answer, AnswerReader } from '../handover/answers.js';
import { type ClientContext, LastingClient } from './lasting-client.js';
import { HOST } from './subject.js';

const PAUSE_MS = { least: 20, most: 1_000 };
/** One request in so many percent is answered only after a while, so that drains meet requests under way. */
const SLOW_PERCENT = 10;
const SLOW_MS = 40;

export class KeepAliveClient extends LastingClient {
  #socket: net.Socket | undefined;

  constructor(name: string, context: ClientContext) {
    super(name, 'keep-alive', context);
  }

  protected override connect(): void {
    const { port, localAddress } = this.context;
    const socket = net.connect({ host: HOST, port, localAddress });
    this.#socket = socket;
    socket.setNoDelay(true);
    const reader = new AnswerReader();
    let error: NodeJS.ErrnoException | undefined;
    // Node calls connect(2) in the tick that follows.
    process.nextTick(() => this.connects(socket));
    socket.on('data', (data) => this.#take(() => reader.read(data)));
    socket.on('error', (cause) => (error = cause));
    socket.on('close', () => this.#closed(error));
    this.#ask();
  }

  protected override drop(): void {
    this.#socket?.removeAllListeners('close');
    this.#socket?.destroy();
  }

  protected override reopening(): void {
    this.context.counts.reconnects += 1;
  }

  #ask(): void {
    const slow = this.context.random.chance(SLOW_PERCENT);
    const id = this.begin();
    this.waitFor('no answer');
    this.#socket?.write(`GET /${id}${slow ? `?ms=${SLOW_MS}` : ''} HTTP/1.1\r\nHost: endurance\r\n\r\n`);
  }

  #take(read: () => Answer[]): void {
    try {
      for (const answer of read()) this.#check(answer);
    } catch (error) {
      this.lose('wrong', (error as Error).message);
    }
  }

  #check({ status, headers, body }: Answer): void {
    const id = this.expected;
    if (id === undefined) return this.lose('wrong', `an answer to no request: ${status}`);
    if (status !== 200 || headers.get('x-id') !== id || body.toString() !== `/${id}\n`) {
      return this.lose('wrong', `to ${id}: ${status}, ${headers.get('x-id')}, ${body.length} bytes`);
    }
    this.context.counts.requests += 1;
    if (!this.answered()) return;
    if (headers.get('connection') === 'close') return this.reopen(0);
    this.pause(PAUSE_MS, () => this.#ask());
  }

  #closed(error: NodeJS.ErrnoException | undefined): void {
    if (this.expected === undefined) return this.reopen(0);
    const detail = error?.message ?? 'closed';
    if (error?.code === 'ECONNREFUSED') return this.lose('refused', detail);
    this.lose(error === undefined ? 'cut' : 'reset', `${detail}, with an answer due`);
  }
}
