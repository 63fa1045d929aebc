/** The clients: short connections in an open loop, and some that stay. A process of its own, maybe in another network. */
import { connect, type Socket } from 'node:net';

import { PATIENCE_MS } from '../patience.js';
import type { ClientPlan, FromClients, ToClients } from './clients-protocol.js';
import type { Loss } from './judge.js';

/** One short request in so many is answered by a worker only after a while, so that drains meet requests under way. */
const SLOW_ONE_IN = 10;
const SLOW_MS = 40;
const TICK_MS = 4;
const KEPT_ALIVE_PAUSE_MS = 150;
/** Addresses of clients, so that no port is used again too soon. */
const SOURCES = 250;

const send = (message: FromClients): void => {
  process.send?.(message, undefined, undefined, () => {});
};

let plan: ClientPlan | undefined;
let paused = false;
let underWay = 0;
let connections = 0;
let answered = 0;
let slowestMs = 0;
let due = 0;
let lastTickMs = 0;
const kept = new Set<Socket>();

interface Connection {
  socket: Socket;
  /** Its address and port, once it is connected. */
  client: () => string;
  beganNs: bigint;
}

class Exchange {
  readonly #beganMs = performance.now();
  readonly #connection: Connection;
  readonly #onAnswer: (answer: string) => void;
  readonly #timer: NodeJS.Timeout;
  #answer = '';
  #over = false;

  /** One request, from now on. */
  constructor(connection: Connection, request: string, onAnswer: (answer: string) => void) {
    underWay += 1;
    this.#connection = connection;
    this.#onAnswer = onAnswer;
    this.#timer = setTimeout(() => this.#lose('unanswered', `no answer in ${PATIENCE_MS} ms`), PATIENCE_MS);
    connection.socket.write(request);
  }

  take(chunk: string): void {
    this.#answer += chunk;
    if (!this.#answer.endsWith('\r\n\r\nhello\n')) return;
    this.#finish();
    answered += 1;
    slowestMs = Math.max(slowestMs, performance.now() - this.#beganMs);
    this.#onAnswer(this.#answer);
  }

  closed(error: NodeJS.ErrnoException | undefined): void {
    const how = error === undefined || ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') ? 'cut' : 'failed';
    this.#lose(error?.code === 'ECONNREFUSED' ? 'refused' : how, error?.message ?? 'closed without an answer');
  }

  #lose(how: Loss['how'], detail: string): void {
    if (this.#over) return;
    this.#finish();
    const { socket, client, beganNs } = this.#connection;
    send({ type: 'lost', loss: { client: client(), beganNs, endedNs: process.hrtime.bigint(), how, detail } });
    socket.destroy();
  }

  #finish(): void {
    this.#over = true;
    underWay -= 1;
    clearTimeout(this.#timer);
    sayCalm();
  }
}

function request(target: string, close: boolean): string {
  return `GET ${target} HTTP/1.1\r\nHost: chaos\r\n${close ? 'Connection: close\r\n' : ''}\r\n`;
}

function open({ host, port, sources }: ClientPlan): Connection {
  const localAddress = `${sources}${1 + (connections % SOURCES)}`;
  connections += 1;
  const socket = connect({ host, port, localAddress });
  socket.setEncoding('latin1');
  let localPort = 0;
  // Node calls connect(2) in the tick that follows. One that is reset before this loop turns has no address any more.
  process.nextTick(() => (localPort = socket.localPort ?? 0));
  return { socket, client: () => `${localAddress}:${localPort}`, beganNs: process.hrtime.bigint() };
}

function askOnce(of: ClientPlan): void {
  const connection = open(of);
  const { socket } = connection;
  const slow = connections % SLOW_ONE_IN === 0;
  const exchange = new Exchange(connection, request(slow ? `/?ms=${SLOW_MS}` : '/', true), () => socket.destroy());
  let error: Error | undefined;
  socket.on('data', (chunk: string) => exchange.take(chunk));
  socket.on('error', (cause) => (error = cause));
  socket.on('close', () => exchange.closed(error));
}

function keepAlive(of: ClientPlan): void {
  const connection = open(of);
  const { socket } = connection;
  let exchange: Exchange | undefined;
  let error: Error | undefined;
  let timer: NodeJS.Timeout | undefined;
  const ask = (): void => {
    if (paused) {
      timer = setTimeout(ask, KEPT_ALIVE_PAUSE_MS);
      return;
    }
    exchange = new Exchange(connection, request('/', false), (answer) => {
      kept.add(socket);
      exchange = undefined;
      if (/^connection: close\r$/im.test(answer)) socket.destroy();
      else timer = setTimeout(ask, KEPT_ALIVE_PAUSE_MS);
    });
  };
  socket.on('data', (chunk: string) => exchange?.take(chunk));
  socket.on('error', (cause) => (error = cause));
  socket.on('close', () => {
    kept.delete(socket);
    clearTimeout(timer);
    exchange?.closed(error);
    sayCalm();
    if (plan !== undefined) setTimeout(reopen, TICK_MS);
  });
  ask();
}

function reopen(): void {
  if (plan === undefined) return;
  if (paused) setTimeout(reopen, KEPT_ALIVE_PAUSE_MS);
  else keepAlive(plan);
}

function tick(): void {
  if (plan === undefined) return;
  const now = performance.now();
  if (!paused) {
    due += ((now - lastTickMs) / 1000) * plan.ratePerSecond;
    for (; due >= 1; due -= 1) askOnce(plan);
  }
  lastTickMs = now;
  setTimeout(tick, TICK_MS);
}

function sayCalm(): void {
  if (paused && underWay === 0) setImmediate(() => send({ type: 'calm', open: kept.size }));
}

function end(): void {
  plan = undefined;
  for (const socket of kept) socket.destroy();
  send({ type: 'ended', connections, answered, slowestMs });
  process.disconnect();
}

process.on('message', (message: ToClients) => {
  switch (message.type) {
    case 'begin':
      ({ plan } = message);
      lastTickMs = performance.now();
      tick();
      for (let count = 0; count < plan.keptAlive; count += 1) keepAlive(plan);
      return;
    case 'pause':
      paused = true;
      return sayCalm();
    case 'go-on':
      paused = false;
      return;
    case 'end':
      return end();
    default:
      return message satisfies never;
  }
});
send({ type: 'ready' });
