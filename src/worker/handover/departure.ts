/** Hands connections of a worker over, each at its safe moment, until none is left that can go. */
import diagnostics from 'node:diagnostics_channel';
import type net from 'node:net';
import type { Addon } from '../../native/addon.js';
import { httpConnections, type HttpSocket } from '../node-internals.js';
import type { TrackedServer } from '../servers.js';
import { type Departing, Giver, type Kept, type LineEnd } from './give.js';
import { Look, type LookContext } from './look.js';
import { MAX_BATCH } from './protocol.js';
import { isTied } from './safe-moment.js';

export interface GivingContext extends LookContext {
  addon: Addon;
  /** Those of this worker that are not over yet. */
  activeGivers: Set<Giver>;
  /** Goes on with connections that were given away in vain. */
  readmit(tracked: TrackedServer, kept: Kept): void;
}

export interface DepartureHooks {
  /** Connections have left for good. */
  onReleased?(count: number): void;
  /** No connection can go any more. */
  onOver(): void;
}

/** A client that leaves no moment between its requests so often is told to open another connection. */
const MOST_MISSES = 32;

const RESPONSE_FINISH = 'http.server.response.finish';

export class Departure {
  readonly #context: GivingContext;
  readonly #giver: Giver;
  readonly #servers: ReadonlyMap<unknown, TrackedServer>;
  readonly #only: ReadonlySet<HttpSocket> | null;
  /** To be looked at, by server. */
  readonly #candidates = new Map<TrackedServer, Set<HttpSocket>>();
  readonly #misses = new WeakMap<HttpSocket, number>();
  /** Those that cannot go. */
  readonly #staying = new WeakSet<HttpSocket>();
  #pumping = false;

  /** Owns the lines' descriptors. `only`: the connections that are to go; null: all. */
  constructor(
    context: GivingContext,
    ends: readonly LineEnd[],
    servers: readonly TrackedServer[],
    only: ReadonlySet<HttpSocket> | null,
    hooks: DepartureHooks,
  ) {
    this.#context = context;
    this.#servers = new Map(servers.map((tracked) => [tracked.server, tracked]));
    this.#only = only;
    this.#giver = new Giver(context.addon, context.away, ends, {
      ...hooks,
      onTakenBack: (sockets) => {
        for (const socket of sockets) this.consider(socket._server, socket);
      },
      onOrphaned: (kept) => this.#readmit(kept),
      onRoom: () => this.#pumpSoon(),
      onOver: () => {
        context.activeGivers.delete(this.#giver);
        hooks.onOver();
      },
    });
    context.activeGivers.add(this.#giver);
    diagnostics.subscribe(RESPONSE_FINISH, this.#onFinish);
  }

  readonly #onFinish = (message: unknown): void => {
    const { server, socket } = message as { server: net.Server; socket: HttpSocket };
    if (!this.#isWanted(server, socket)) return;
    if (this.#giver.hasRoom) this.#misses.set(socket, (this.#misses.get(socket) ?? 0) + 1);
    this.consider(server, socket);
  };

  /** Is a kept-alive connection of that server going to leave, so that its client need not be told to close it. */
  willLeave(server: unknown, socket: HttpSocket): boolean {
    if (!this.#giver.open || !this.#isWanted(server, socket)) return false;
    const { facts, untouched } = this.#context;
    if (facts.isAuthenticated(socket) || isTied(socket, untouched)) this.#staying.add(socket);
    return !this.#staying.has(socket);
  }

  /** Looks at every connection. */
  lookAtAll(): void {
    for (const { server } of this.#servers.values()) {
      for (const socket of httpConnections(server)) this.consider(server, socket);
    }
  }

  /** Looks at a connection when this turn's reading is done. */
  consider(server: unknown, socket: HttpSocket): void {
    const tracked = this.#servers.get(server);
    if (tracked === undefined || !this.#isWanted(server, socket)) return;
    if (!this.#giver.open || this.#staying.has(socket)) return;
    const candidates = this.#candidates.get(tracked) ?? new Set();
    this.#candidates.set(tracked, candidates.add(socket));
    this.#pumpSoon();
  }

  close(): void {
    diagnostics.unsubscribe(RESPONSE_FINISH, this.#onFinish);
    this.#giver.close();
  }

  #readmit(kept: Kept): void {
    const tracked = this.#servers.get(kept.server);
    if (tracked !== undefined) this.#context.readmit(tracked, kept);
  }

  #isWanted(server: unknown, socket: HttpSocket): boolean {
    return this.#servers.has(server) && this.#only?.has(socket) !== false;
  }

  #pumpSoon(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      for (const [tracked, candidates] of this.#candidates) this.#pump(tracked, candidates);
    });
  }

  /** Gives those that can go now, as far as the receivers keep up. */
  #pump({ server, key }: TrackedServer, candidates: Set<HttpSocket>): void {
    if (key === null || candidates.size === 0) return;
    const look = new Look(this.#context, server);
    let batch: Departing[] = [];
    for (const socket of candidates) {
      if (!this.#giver.hasRoom) break;
      candidates.delete(socket);
      if (!this.#canGo(look, socket)) continue;
      batch.push(look.departing(socket));
      if (batch.length < MAX_BATCH) continue;
      this.#giver.give(key, batch);
      batch = [];
    }
    this.#giver.give(key, batch);
  }

  #canGo(look: Look, socket: HttpSocket): boolean {
    const moment = look.momentOf(socket);
    const tooOften = moment === 'later' && (this.#misses.get(socket) ?? 0) > MOST_MISSES;
    if (moment === 'never' || tooOften) this.#staying.add(socket);
    return moment === 'now';
  }
}
