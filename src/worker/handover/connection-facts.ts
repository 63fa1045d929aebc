import diagnostics from 'node:diagnostics_channel';
import type http from 'node:http';
import type { HttpSocket } from '../node-internals.js';
import type { AdoptedConnections } from './adopted.js';

interface RequestStart {
  request: http.IncomingMessage;
  response: http.ServerResponse;
  socket: HttpSocket;
  server: http.Server;
}

/** Schemes that authenticate the connection, not the request. */
const CONNECTION_AUTHENTICATION = /^(?:negotiate|ntlm)\b/i;

/** What a connection has been through that cannot be seen on its socket. */
export class ConnectionFacts {
  readonly #adopted: AdoptedConnections;
  readonly #authenticated = new WeakSet<HttpSocket>();
  readonly #requests = new WeakMap<HttpSocket, number>();

  constructor(adopted: AdoptedConnections) {
    this.#adopted = adopted;
    diagnostics.subscribe('http.server.request.start', (message) => this.#note(message as RequestStart));
  }

  /** Did the client prove to this process who it is, for as long as the connection lasts. */
  isAuthenticated(socket: HttpSocket): boolean {
    return this.#authenticated.has(socket);
  }

  /** Requests served on it, in other workers too; 0 where the server does not limit them. */
  requests(socket: HttpSocket): number {
    return this.#requests.get(socket) ?? 0;
  }

  /** An adopted connection has served so many already. */
  carry(socket: HttpSocket, requests: number): void {
    if (requests > 0) this.#requests.set(socket, requests);
  }

  #note({ request, response, socket, server }: RequestStart): void {
    if (this.#adopted.size > 0) this.#adopted.begun(socket);
    // Node itself looks at a header (Host) of every request right after: this makes no object that is not made anyway.
    const { authorization } = request.headers;
    if (authorization !== undefined && CONNECTION_AUTHENTICATION.test(authorization)) this.#authenticated.add(socket);
    if ((server.maxRequestsPerSocket ?? 0) > 0) this.#count(socket, response, server.maxRequestsPerSocket ?? 0);
  }

  /** Node counts from the adoption on. */
  #count(socket: HttpSocket, response: http.ServerResponse, limit: number): void {
    const requests = this.requests(socket) + 1;
    this.#requests.set(socket, requests);
    if (requests >= limit) response.shouldKeepAlive = false;
  }
}
