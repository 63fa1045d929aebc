import type http from 'node:http';
import type net from 'node:net';
import { httpConnections, type HttpSocket } from './node-internals.js';

/** Keep-alive time of a server that sets none. */
const KEEP_ALIVE_MS = 5_000;

/**
 * Ends, in a drain, the HTTP/1 connections on which nothing happens: each keeps the time that was advertised to the client,
 * so that none is cut while it writes. Watches from outside, because Node has no time-out for a connection that was never
 * used, nor for a server without `keepAliveTimeout`.
 */
export class QuietConnections {
  readonly #seen = new WeakMap<HttpSocket, { bytes: number; sinceMs: number }>();

  /** To be called now and then. `nowMs`: performance.now(). */
  endOverdue(server: net.Server, nowMs: number): void {
    const keepAliveMs = keepAliveOf(server);
    for (const socket of httpConnections(server)) {
      const { bytesRead: bytes } = socket;
      const seen = this.#seen.get(socket);
      if (seen === undefined || seen.bytes !== bytes || socket._httpMessage != null) {
        this.#seen.set(socket, { bytes, sinceMs: nowMs });
      } else if (nowMs - seen.sinceMs >= allowanceMs(socket, keepAliveMs)) {
        // Over TLS this says close_notify, which Node's own time-out does not.
        socket.destroySoon();
      }
    }
  }
}

/** A plain connection is left to Node's own time-out where it has one. */
function allowanceMs(socket: HttpSocket, keepAliveMs: number): number {
  return 'encrypted' in socket ? keepAliveMs : Math.max(keepAliveMs, socket.timeout ?? 0);
}

function keepAliveOf(server: net.Server): number {
  const { keepAliveTimeout } = server as Partial<http.Server>;
  return keepAliveTimeout === undefined || keepAliveTimeout === 0 ? KEEP_ALIVE_MS : keepAliveTimeout;
}
