import type http from 'node:http';
import type net from 'node:net';
import type { LingeringEnds } from './linger.js';
import { httpConnections, type HttpSocket } from './node-internals.js';

/**
 * From now on a server's own `close()` leaves its idle connections alone, and so does `closeIdleConnections()`: a drain hands
 * them over or ends them in their time. Node closes them at once, also those whose first request it has not read yet (26).
 */
export function spareIdleConnections(server: net.Server): void {
  if ('closeIdleConnections' in server) server.closeIdleConnections = () => {};
}

/** Keep-alive time of a server that sets none. */
const KEEP_ALIVE_MS = 5_000;

/**
 * Ends, in a drain, the HTTP/1 connections on which nothing happens: each keeps the time that was advertised to the client,
 * so that none is cut while it writes. Watches from outside, because Node has no time-out for a connection that was never
 * used, nor for a server without `keepAliveTimeout`; and stands in for what Node does when a time-out of its own is over,
 * which is to close at once.
 */
export class QuietConnections {
  readonly #ends: LingeringEnds;
  readonly #seen = new WeakMap<HttpSocket, { bytes: number; sinceMs: number }>();

  constructor(ends: LingeringEnds) {
    this.#ends = ends;
  }

  /** From now on Node's own time-outs end a connection in the same way. */
  standIn(server: net.Server): void {
    server.on('timeout', (timedOut: HttpSocket | { destroy(): void }) => {
      // The program's own listeners decide, as they would without ours.
      if (server.listenerCount('timeout') > 1) return;
      if ('parser' in timedOut && isIdle(timedOut)) this.#endSoon(timedOut);
      else if (!('parser' in timedOut) || !isHeard(timedOut)) timedOut.destroy();
    });
  }

  /** To be called now and then. `nowMs`: performance.now(). */
  endOverdue(server: net.Server, nowMs: number): void {
    const keepAliveMs = keepAliveOf(server);
    for (const socket of httpConnections(server)) {
      const { bytesRead: bytes } = socket;
      const seen = this.#seen.get(socket);
      if (seen === undefined || seen.bytes !== bytes || socket._httpMessage != null) {
        this.#seen.set(socket, { bytes, sinceMs: nowMs });
      } else if (nowMs - seen.sinceMs >= Math.max(keepAliveMs, socket.timeout ?? 0)) {
        this.#endSoon(socket);
      }
    }
  }

  /** When this turn of the loop has read what has come meanwhile. */
  #endSoon(socket: HttpSocket): void {
    const { bytesRead } = socket;
    setImmediate(() => {
      if (socket.bytesRead === bytesRead && socket._httpMessage == null) this.#ends.end(socket);
    });
  }
}

function isIdle({ _httpMessage, parser }: HttpSocket): boolean {
  return _httpMessage == null && parser?.incoming?.complete !== false;
}

/** Does the program listen to time-outs of the request or response that is under way. */
function isHeard({ _httpMessage, parser }: HttpSocket): boolean {
  return [parser?.incoming, _httpMessage].some((each) => (each?.listenerCount('timeout') ?? 0) > 0);
}

function keepAliveOf(server: net.Server): number {
  const { keepAliveTimeout } = server as Partial<http.Server>;
  return keepAliveTimeout === undefined || keepAliveTimeout === 0 ? KEEP_ALIVE_MS : keepAliveTimeout;
}
