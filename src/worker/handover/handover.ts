import type net from 'node:net';
import type { HandoverReason } from '../../channel/messages.js';
import type { Addon } from '../../native/addon.js';
import { connectionsList, type HttpSocket, probeHandover, type ServerInternals } from '../node-internals.js';
import type { ServerRegistry, TrackedServer } from '../servers.js';
import { AdoptedConnections } from './adopted.js';
import { ConnectionFacts } from './connection-facts.js';
import { Departure, type GivingContext } from './departure.js';
import type { Giver, LineEnd } from './give.js';
import { type ReliefEnd, Share } from './share.js';
import { type Untouched, untouchedSocket } from './safe-moment.js';
import { type Received, Taker } from './take.js';

export interface HandoverHooks {
  /** A connection of another worker is this one's now. */
  onAdopted(): void;
  /** A line to this worker has ended. */
  onReceived(received: Received): void;
  /** Connections cannot be handed over, because this Node lacks the private parts named. */
  onMissing(parts: readonly string[]): void;
}

/** Hands connections of plain HTTP/1.1 over to other workers, and takes theirs. */
export class Handover {
  readonly #addon: Addon;
  readonly #servers: ServerRegistry;
  readonly #hooks: HandoverHooks;
  readonly #adopted = new AdoptedConnections();
  readonly #facts = new ConnectionFacts(this.#adopted);
  readonly #taker: Taker;
  readonly #away = new WeakSet<HttpSocket>();
  readonly #activeGivers = new Set<Giver>();
  #untouched: Untouched | null = null;
  #departure: Departure | null = null;
  #share: Share | null = null;
  /** null until it is known. */
  #possible: boolean | null = null;

  /** `enabled`: false where listening itself goes by public API alone. */
  constructor(addon: Addon, servers: ServerRegistry, enabled: boolean, hooks: HandoverHooks) {
    if (!enabled) this.#possible = false;
    this.#addon = addon;
    this.#servers = servers;
    this.#hooks = hooks;
    this.#taker = new Taker({
      addon,
      servers,
      adopted: this.#adopted,
      facts: this.#facts,
      canTake: (server) => this.#isHandedOver(server),
      onAdopted: ({ server }, socket) => {
        hooks.onAdopted();
        this.#departure?.consider(server, socket);
      },
      onReadmitted: ({ server }, socket) => this.#departure?.consider(server, socket),
      onEnd: (received) => hooks.onReceived(received),
    });
  }

  /** A server listens: finds out, once and when there is time, whether its connections can be handed over. */
  probe(server: unknown): void {
    if (this.#possible === null) setImmediate(() => this.#isHandedOver(server));
  }

  /** Takes connections that the worker of slot `from` gives on a line. */
  receive(fd: number, from: number, because: HandoverReason): void {
    this.#taker.open(fd, from, because);
  }

  /** Connections that are on their way here. */
  get arriving(): number {
    return this.#taker.arriving;
  }

  /** Are connections under way to others, who may die before they have them. */
  get leaving(): boolean {
    return [...this.#activeGivers].some(({ underWay }) => underWay);
  }

  /** Begins to hand over what the program's servers have; null when nothing of it can go. `onOver`: nothing can any more. */
  depart(ends: readonly LineEnd[], onOver: () => void): Departure | null {
    // Two that give would give the same connection.
    this.#share?.end();
    const servers = this.#givers(ends);
    if (servers.length > 0) this.#departure = new Departure(this.#context, ends, servers, null, { onOver });
    return this.#departure;
  }

  /** Hands over what carries these parts of the load. `onDone`: once, with how many connections have left. */
  share(ends: readonly ReliefEnd[], onDone: (connections: number) => void): void {
    this.#share?.end();
    const servers = this.#givers(ends);
    if (servers.length === 0) return onDone(0);
    this.#share = new Share(this.#context, ends, servers, (connections) => {
      this.#share = null;
      onDone(connections);
    });
  }

  get #context(): GivingContext {
    const untouched = (this.#untouched ??= untouchedSocket());
    return {
      addon: this.#addon,
      adopted: this.#adopted,
      away: this.#away,
      facts: this.#facts,
      untouched,
      activeGivers: this.#activeGivers,
      readmit: (tracked, kept) => this.#taker.readmit(tracked, kept),
    };
  }

  /** Servers whose connections can go on these lines; without any the lines are closed. */
  #givers(ends: readonly LineEnd[]): TrackedServer[] {
    const servers = this.#servers.ours().filter(({ server }) => this.#isHandedOver(server));
    if (ends.length > 0 && servers.length > 0) return servers;
    for (const { fd } of ends) this.#addon.close(fd);
    return [];
  }

  #isHandedOver(server: unknown): boolean {
    // Servers of https and of http2 over TLS have such a list too, and are no http.Server.
    if (connectionsList(server as net.Server) === undefined) return false;
    if (!(server instanceof process.getBuiltinModule('node:http').Server)) return false;
    if (this.#possible === null) {
      const missing = probeHandover(server as net.Server as ServerInternals);
      this.#possible = missing.length === 0;
      if (missing.length > 0) this.#hooks.onMissing(missing);
    }
    return this.#possible;
  }
}
