import diagnostics from 'node:diagnostics_channel';
import type { HttpSocket } from '../node-internals.js';

const REQUEST_START = 'http.server.request.start';

/** Counts the requests of each connection for a while: outside of that while it costs nothing. */
export class RequestCount {
  readonly #servers: ReadonlySet<unknown>;
  readonly #counts = new Map<HttpSocket, number>();
  #total = 0;

  /** Begins. */
  constructor(servers: ReadonlySet<unknown>) {
    this.#servers = servers;
    diagnostics.subscribe(REQUEST_START, this.#onStart);
  }

  get total(): number {
    return this.#total;
  }

  /** Ends. Connections with at least one request. */
  end(): ReadonlyMap<HttpSocket, number> {
    diagnostics.unsubscribe(REQUEST_START, this.#onStart);
    return this.#counts;
  }

  readonly #onStart = (message: unknown): void => {
    const { server, socket } = message as { server: unknown; socket: HttpSocket };
    if (!this.#servers.has(server)) return;
    this.#total += 1;
    this.#counts.set(socket, (this.#counts.get(socket) ?? 0) + 1);
  };
}
