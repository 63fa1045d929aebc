import diagnostics from 'node:diagnostics_channel';
import type http from 'node:http';
import type net from 'node:net';
import { httpConnections, type HttpSocket } from './node-internals.js';
import type { TrackedServer } from './servers.js';

/** HTTP/1 responses in a drain: each says `Connection: close`, but on a connection that will go on in another worker. */
export class LastResponses {
  readonly #servers: readonly net.Server[];
  readonly #willLeave: (server: net.Server, socket: HttpSocket) => boolean;
  /** The response of each connection that is to close it. */
  readonly #last = new WeakMap<HttpSocket, http.ServerResponse>();

  constructor(draining: readonly TrackedServer[], willLeave: (server: net.Server, socket: HttpSocket) => boolean) {
    this.#servers = draining.map(({ server }) => server);
    this.#willLeave = willLeave;
    const ours = new Set<unknown>(this.#servers);
    diagnostics.subscribe('http.server.request.start', (message) => {
      const { response, server, socket } = message as StartedRequest;
      if (ours.has(server) && !willLeave(server, socket)) this.#close(socket, response);
    });
  }

  /** Also those whose headers are not sent yet. To be called again when connections no longer leave. */
  closeUnderWay(): void {
    for (const server of this.#servers) {
      for (const socket of httpConnections(server)) {
        const response = socket._httpMessage ?? null;
        if (response === null || response.headersSent || this.#willLeave(server, socket)) continue;
        // Another request is behind it: closed now, that would not be answered. The next one's response will close.
        if (response.req === (socket.parser?.incoming ?? response.req)) this.#close(socket, response);
      }
    }
  }

  /** The newest of pipelined requests closes, so that those before it are answered. */
  #close(socket: HttpSocket, response: http.ServerResponse): void {
    const before = this.#last.get(socket);
    if (before !== undefined && !before.headersSent) before.shouldKeepAlive = true;
    if (!response.shouldKeepAlive) return;
    response.shouldKeepAlive = false;
    this.#last.set(socket, response);
  }
}

interface StartedRequest {
  response: http.ServerResponse;
  server: net.Server;
  socket: HttpSocket;
}
