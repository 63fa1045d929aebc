/** `--max-connections`: what comes to a worker that has as many open as it may is ended before the program sees it. */
import type net from 'node:net';
import { LingeringEnds } from './linger.js';
import { closeHandle, connectionsList, socketOf } from './node-internals.js';
import type { WorkerRow } from './row.js';
import type { ServerRegistry } from './servers.js';

const BODY = '503 Service Unavailable: this server has as many connections as it may.\n';
const ANSWER = [
  'HTTP/1.1 503 Service Unavailable',
  'Connection: close',
  'Retry-After: 1',
  'Content-Type: text/plain; charset=utf-8',
  `Content-Length: ${Buffer.byteLength(BODY)}`,
  '',
  BODY,
].join('\r\n');

/** Each is a descriptor until its client has closed, too: what comes beyond is closed at once. */
const MOST_ENDING = 1_024;

export class ConnectionLimit {
  readonly #most: number;
  readonly #servers: Pick<ServerRegistry, 'connections'>;
  readonly #row: Pick<WorkerRow, 'setRefused'>;
  readonly #ends = new LingeringEnds();
  #refused = 0;
  #admits = false;

  /** null without a limit (0). */
  static of(most: number, servers: ServerRegistry, row: WorkerRow): ConnectionLimit | null {
    return most === 0 ? null : new ConnectionLimit(most, servers, row);
  }

  private constructor(most: number, servers: Pick<ServerRegistry, 'connections'>, row: Pick<WorkerRow, 'setRefused'>) {
    this.#most = most;
    this.#servers = servers;
    this.#row = row;
  }

  get refused(): number {
    return this.#refused;
  }

  get isFull(): boolean {
    return this.#servers.connections() >= this.#most;
  }

  /** What is fed to a server by `feed` was accepted elsewhere, and is not refused. */
  admit<Result>(feed: () => Result): Result {
    this.#admits = true;
    try {
      return feed();
    } finally {
      this.#admits = false;
    }
  }

  /** true: `client`, the handle of a new connection of the server, has been refused and is none of the server's. */
  refuses(server: net.Server, client: unknown): boolean {
    if (this.#admits || !this.isFull) return false;
    this.#refused += 1;
    this.#row.setRefused(this.#refused);
    if (this.#ends.size >= MOST_ENDING) {
      closeHandle(client);
      return true;
    }
    const socket = socketOf(client);
    // The client may be gone before it has read why.
    socket.on('error', () => {});
    if (speaksPlainHttp(server)) socket.write(ANSWER);
    this.#ends.end(socket);
    return true;
  }
}

/** To another server's clients only the end can be said: its protocol is not known, or begins with a handshake. */
function speaksPlainHttp(server: net.Server): boolean {
  return connectionsList(server) !== undefined && !('setSecureContext' in server);
}
