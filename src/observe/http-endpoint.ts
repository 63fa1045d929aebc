/**
 * An address on which the master answers HTTP: metrics and health, or the dashboard. Its listener passes from master to
 * master, as that of the control socket does: who asks in between waits for a moment, and is refused by nobody.
 */
import type http from 'node:http';
import { formatBind, LOOPBACK } from '../config/bind.js';
import type { BindAddress } from '../config/resolved-config.js';
import { type ErrorCode, ReuseportError } from '../errors.js';
import type { Addon, SystemError } from '../native/addon.js';
import { explainBindFailure, holderOf } from '../supervisor/bind-failure.js';
import { formatAddress } from '../supervisor/address.js';
import { holdersOfSocket } from '../supervisor/strangers.js';
import type { Logger } from './log.js';

/** Who asks the master are few; more are somebody else's. */
const MOST_CONNECTIONS = 128;
const BACKLOG = 128;
/** How long a client may take to ask. */
const REQUEST_MS = 5_000;
/** How long the last answers may take to leave when the master ends. */
const FAREWELL_MS = 1_000;

/** The listener of another master. */
export interface HandedEndpoint {
  /** As it was configured there. */
  address: string;
  fd: number;
  /** What the service there had to remember. */
  memory: string | null;
}

/** What is served on an address. */
export interface EndpointService {
  /** The option's name, and that of the events in the log. */
  name: 'metrics' | 'dashboard';
  /** In sentences. */
  title: string;
  bindError: ErrorCode;
  /** What the log says of it when it is served at `where`: host and port. */
  announce(where: string): string;
  respond(request: http.IncomingMessage, response: http.ServerResponse): void;
  /** Ends answers that would go on for ever. */
  release(): void;
  /** What the same service of the next master must know; null: nothing. */
  readonly memory: string | null;
  /** What that of the former master had. */
  remember(memory: string): void;
}

export class HttpEndpoint {
  readonly #addon: Addon;
  readonly #log: Logger;
  readonly #address: BindAddress & { host: string };
  readonly #service: EndpointService;
  #server: http.Server | null = null;
  /** Ends the connections of a server that accepts no more, when they have their answers. */
  #leave: () => Promise<void> = () => Promise.resolve();
  #fd = -1;

  /** Nothing is bound yet. */
  constructor(addon: Addon, log: Logger, { host = LOOPBACK, port }: BindAddress, service: EndpointService) {
    this.#addon = addon;
    this.#log = log;
    this.#address = { host, port };
    this.#service = service;
  }

  /**
   * Takes the address; who connects waits until {@link serve}. `formerPid`: of the master that this one follows, which may
   * have it still, and hands it over. @throws ReuseportError
   */
  open(formerPid: number | null): void {
    try {
      this.#fd = this.#bind();
    } catch (error) {
      if (formerPid === null || !this.#isHeldBy(formerPid, error)) throw this.#explain(error);
    }
  }

  /** Takes over what the former master had, or closes it where it was another address. Never throws. */
  inherit(handed: HandedEndpoint | null): void {
    if (handed === null) return;
    if (handed.memory !== null) this.#service.remember(handed.memory);
    if (handed.address === formatBind(this.#address)) {
      this.#closeListener();
      this.#fd = handed.fd;
      return;
    }
    releaseEndpoint(this.#addon, handed);
  }

  /** Begins to answer; the address of a former master that could not hand it over is tried once more. Never rejects. */
  async serve(): Promise<void> {
    const { name, title } = this.#service;
    try {
      if (this.#fd < 0) this.#fd = this.#bind();
      await this.#listen();
      const where = formatAddress(this.#addon.listenerInfo(this.#fd));
      this.#log.info({ event: name, address: where }, this.#service.announce(where));
    } catch (error) {
      const { code, message } = this.#explain(error);
      this.#log.error({ event: `${name}-off`, code }, `${message} The service goes on without ${title}.`);
    }
  }

  /** Accepts nothing more; who connects waits. For {@link HttpEndpoint.resume}, or another process. */
  pause(): void {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    this.#service.release();
    const closed = new Promise((resolve) => server.close(resolve));
    this.#leave = async () => {
      const timer = setTimeout(() => server.closeAllConnections(), FAREWELL_MS);
      await closed;
      clearTimeout(timer);
    };
  }

  /** After {@link HttpEndpoint.pause}. */
  async resume(): Promise<void> {
    if (this.#fd >= 0) await this.#listen();
  }

  /** A descriptor that stays this object's, for another master; null: there is none. */
  get handed(): HandedEndpoint | null {
    const { memory } = this.#service;
    return this.#fd < 0 ? null : { address: formatBind(this.#address), fd: this.#fd, memory };
  }

  /** Ends when the answers under way have been written. */
  async close(): Promise<void> {
    this.#closeListener();
    this.pause();
    await this.#leave();
  }

  #bind(): number {
    const { host, port } = this.#address;
    const address = this.#addon.resolveHost(host);
    if (address === null) throw new Error(`there is no host ${host}`);
    const fd = this.#addon.bindTcpListener({ address, port, reusePort: false });
    try {
      // At once: two that only have bound would learn of each other too late.
      this.#addon.listen(fd, BACKLOG);
      return fd;
    } catch (error) {
      this.#addon.close(fd);
      throw error;
    }
  }

  async #listen(): Promise<void> {
    const { createServer } = await import('node:http');
    const { name } = this.#service;
    const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
      this.#service.respond(request, response);
    });
    server.maxConnections = MOST_CONNECTIONS;
    // Answers end their connections: one without a request yet is no idle one (since 26 Node's `close` takes it for that).
    server.closeIdleConnections = () => {};
    this.#server = server;
    const fd = this.#addon.dup(this.#fd);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ fd, backlog: BACKLOG }, () => {
        server.removeListener('error', reject);
        // EMFILE at accept: who asks is refused, the service goes on.
        server.on('error', (error) => this.#log.warn({ event: `${name}-error` }, `${name}: ${error.message}`));
        resolve();
      });
    });
  }

  #closeListener(): void {
    if (this.#fd >= 0) this.#addon.close(this.#fd);
    this.#fd = -1;
  }

  #isHeldBy(pid: number, error: unknown): boolean {
    if ((error as Partial<SystemError>).code !== 'EADDRINUSE') return false;
    const sockets = this.#addon.listeningSockets(this.#address.port);
    return sockets.some(({ inode }) => holdersOfSocket(inode).some((holder) => holder.pid === pid));
  }

  #explain(error: unknown): ReuseportError {
    const { host, port } = this.#address;
    const why = this.#reason(error as SystemError);
    const { name, bindError } = this.#service;
    const message = `${name} on ${formatBind(this.#address)}: ${why} (--${name})`;
    return new ReuseportError(bindError, `${message}.`, { cause: error, fields: { host, port } });
  }

  #reason({ code, message }: SystemError): string {
    const { host, port } = this.#address;
    const address = code === undefined ? null : this.#addon.resolveHost(host);
    if (address === null) return message;
    if (code !== 'EADDRINUSE') {
      const target = { kind: 'tcp', address, port, ipv6Only: false, ordinal: 0 } as const;
      return explainBindFailure(this.#addon, code, message, target);
    }
    const family = address.includes(':') ? 'IPv6' : 'IPv4';
    const holder = holderOf(this.#addon, { address, port, family, ipv6Only: false });
    return `EADDRINUSE: ${holder ?? 'somebody'} listens there. Stop it, or take another port`;
  }
}

/** Of a master that has no use for what the former one had: nobody is to wait there. */
export function releaseEndpoint(addon: Addon, { fd }: HandedEndpoint): void {
  // The former master has a descriptor of it, too.
  addon.stopListening(fd);
  addon.close(fd);
}
