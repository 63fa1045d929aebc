/** Hands the connections of a worker that drains over, each at its safe moment, until none is left that can go. */
import diagnostics from 'node:diagnostics_channel';
import type net from 'node:net';
import type { Addon } from '../../native/addon.js';
import { httpConnections, type HttpSocket } from '../node-internals.js';
import type { TrackedServer } from '../servers.js';
import { type Departing, Giver, type LineEnd } from './give.js';
import { Look, type LookContext } from './look.js';
import { MAX_BATCH } from './protocol.js';
import { isTied } from './safe-moment.js';

export interface GivingContext extends LookContext {
  addon: Addon;
}

/** A client that leaves no moment between its requests so often is told to open another connection. */
const MOST_MISSES = 32;

export class Departure {
  readonly #context: GivingContext;
  readonly #giver: Giver;
  readonly #servers: ReadonlyMap<unknown, TrackedServer>;
  /** To be looked at, by server. */
  readonly #candidates = new Map<TrackedServer, Set<HttpSocket>>();
  readonly #misses = new WeakMap<HttpSocket, number>();
  /** Those that cannot go. */
  readonly #staying = new WeakSet<HttpSocket>();
  #pumping = false;

  /** Owns the lines' descriptors. `onOver`: no connection can go any more. */
  constructor(context: GivingContext, ends: readonly LineEnd[], servers: readonly TrackedServer[], onOver: () => void) {
    this.#context = context;
    this.#servers = new Map(servers.map((tracked) => [tracked.server, tracked]));
    this.#giver = new Giver(context.addon, context.away, ends, {
      onTakenBack: (sockets) => {
        for (const socket of sockets) this.consider(socket._server, socket);
      },
      onRoom: () => this.#pumpSoon(),
      onOver,
    });
    diagnostics.subscribe('http.server.response.finish', (message) => {
      const { server, socket } = message as { server: net.Server; socket: HttpSocket };
      if (!this.#servers.has(server)) return;
      this.#misses.set(socket, (this.#misses.get(socket) ?? 0) + 1);
      this.consider(server, socket);
    });
  }

  /** Is a kept-alive connection of that server going to leave, so that its client need not be told to close it. */
  willLeave(server: unknown, socket: HttpSocket): boolean {
    if (!this.#giver.open || !this.#servers.has(server)) return false;
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
    if (tracked === undefined || !this.#giver.open || this.#staying.has(socket)) return;
    const candidates = this.#candidates.get(tracked) ?? new Set();
    this.#candidates.set(tracked, candidates.add(socket));
    this.#pumpSoon();
  }

  close(): void {
    this.#giver.close();
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
