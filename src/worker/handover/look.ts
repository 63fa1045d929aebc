import type net from 'node:net';
import { connectionsList, type HttpSocket, idleRestMs, loopNowMs, socketsOf } from '../node-internals.js';
import type { AdoptedConnections } from './adopted.js';
import type { ConnectionFacts } from './connection-facts.js';
import type { Departing } from './give.js';
import { type Moment, momentOf, type Untouched } from './safe-moment.js';

export interface LookContext {
  adopted: AdoptedConnections;
  facts: ConnectionFacts;
  untouched: Untouched;
  /** Connections that are with a receiver, but not released. */
  away: WeakSet<HttpSocket>;
}

/** A server's connections as they are in this turn of the loop. */
export class Look {
  readonly #context: LookContext;
  readonly #server: net.Server;
  readonly #idle: ReadonlySet<HttpSocket>;
  readonly #nowMs = loopNowMs();

  constructor(context: LookContext, server: net.Server) {
    this.#context = context;
    this.#server = server;
    this.#idle = new Set(socketsOf(connectionsList(server)?.idle() ?? []));
  }

  momentOf(socket: HttpSocket): Moment {
    const { away, facts, untouched } = this.#context;
    if (away.has(socket)) return 'later';
    if (facts.isAuthenticated(socket)) return 'never';
    return momentOf(this.#server, socket, this.#idle.has(socket), untouched);
  }

  /** What its receiver must know of it. */
  departing(socket: HttpSocket): Departing {
    const { adopted, facts } = this.#context;
    const waitingMs = adopted.restMs(socket);
    const used = socket.bytesRead > 0 || waitingMs !== undefined;
    const restMs = waitingMs === undefined ? idleRestMs(socket, this.#nowMs) : waitingMs;
    return { socket, connection: { used, restMs: used ? restMs : null, requests: facts.requests(socket) } };
  }
}
