import type { NativeAcceptMeter } from '../../native/graft-addon.js';
import type { TrackedServer } from '../servers.js';
import { UwsServer } from './server.js';
import type { ListenToken } from './types.js';

export interface ListeningParts {
  key: string;
  isExclusive: boolean;
  /** Descriptor of the listener, which uWebSockets.js owns. */
  fd: number;
  port: number;
  token: ListenToken;
  /** null: its connections cannot be seen. */
  meter: NativeAcceptMeter | null;
  /** The socket on which uWebSockets.js finds connections that others accepted. */
  feeder: ListenToken | null;
  /** uWebSockets.js's own. */
  closeSocket(token: ListenToken): unknown;
  /** The listener is no longer in use. */
  onClosed(listening: Listening): void;
}

/** One listening socket of an app, from its graft until the program, or the drain, closes it. */
export class Listening {
  readonly #parts: ListeningParts;
  readonly tracked: TrackedServer;
  #isOpen = true;
  #feeder: ListenToken | null;

  constructor(parts: ListeningParts) {
    this.#parts = parts;
    this.#feeder = parts.feeder;
    const server = new UwsServer({
      listening: () => this.#isOpen,
      openConnections: () => this.openConnections,
    });
    this.tracked = {
      server,
      key: parts.key,
      listening: true,
      fd: () => parts.fd,
      park: () => this.close(),
      feed: (fd) => parts.meter?.feed(fd) ?? false,
    };
  }

  /** May another app of the program serve on the same listener. */
  get isShareable(): boolean {
    return this.#isOpen && !this.#parts.isExclusive;
  }

  get port(): number {
    return this.#parts.port;
  }

  get accepted(): number {
    return this.#parts.meter?.accepted ?? 0;
  }

  /** Where they cannot be counted, one is taken to be there when nothing else says that there is none. */
  get openConnections(): number {
    const { meter } = this.#parts;
    if (meter !== null) return meter.openConnections;
    return this.#isOpen ? 0 : 1;
  }

  /** Idempotent; what has been accepted is served on. */
  close(): void {
    if (!this.#isOpen) return;
    this.#parts.closeSocket(this.#parts.token);
    this.#closeFeeder();
    this.#closed();
  }

  /** uWebSockets.js has closed all its sockets. */
  closedByApp(): void {
    this.#feeder = null;
    this.#closed();
  }

  #closed(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#parts.onClosed(this);
  }

  endConnections(): void {
    this.#parts.meter?.shutDownAll();
  }

  /** Not before uWebSockets.js has taken what it was given. */
  #closeFeeder(): void {
    if (this.#feeder === null) return;
    if ((this.#parts.meter?.waiting ?? 0) > 0) return void setImmediate(() => this.#closeFeeder());
    this.#parts.closeSocket(this.#feeder);
    this.#feeder = null;
  }
}
