/**
 * A worker with more to do than others hands some of its busiest connections over: it counts the requests of each for a
 * moment, picks those that carry the parts asked for, and gives each at its next safe moment.
 */
import type { HttpSocket } from '../node-internals.js';
import type { TrackedServer } from '../servers.js';
import { Departure, type GivingContext } from './departure.js';
import type { LineEnd } from './give.js';
import { pickConnections } from './pick.js';
import { RequestCount } from './request-count.js';
import { isTied } from './safe-moment.js';

/** A line to a worker that takes a part of the load, above 0 and below 1. */
export interface ReliefEnd extends LineEnd {
  part: number;
}

const COUNT_MS = 200;
/** Fewer tell little: then it goes on counting. */
const ENOUGH_REQUESTS = 32;
const MOST_COUNTS = 5;
/** Who has found no safe moment by then stays. */
const GIVE_MS = 1_000;

export class Share {
  readonly #context: GivingContext;
  readonly #ends: readonly ReliefEnd[];
  readonly #servers: readonly TrackedServer[];
  readonly #onDone: (connections: number) => void;
  readonly #count: RequestCount;
  readonly #departures = new Set<Departure>();
  #timer: NodeJS.Timeout;
  #counts = 1;
  #released = 0;
  #counting = true;
  #over = false;

  /** Owns the lines' descriptors. `onDone`: once, with how many connections have left. */
  constructor(
    context: GivingContext,
    ends: readonly ReliefEnd[],
    servers: readonly TrackedServer[],
    onDone: (connections: number) => void,
  ) {
    this.#context = context;
    this.#ends = ends;
    this.#servers = servers;
    this.#onDone = onDone;
    this.#count = new RequestCount(new Set(servers.map(({ server }) => server)));
    this.#timer = setTimeout(() => this.#counted(), COUNT_MS).unref();
  }

  /** Ends it: what has not left stays. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    if (this.#counting) {
      this.#count.end();
      this.#closeLines(this.#ends);
    }
    for (const departure of this.#departures) departure.close();
    this.#onDone(this.#released);
  }

  #counted(): void {
    if (this.#count.total < ENOUGH_REQUESTS && this.#counts < MOST_COUNTS) {
      this.#counts += 1;
      this.#timer = setTimeout(() => this.#counted(), COUNT_MS).unref();
      return;
    }
    this.#counting = false;
    const picked = this.#pick();
    this.#closeLines(this.#ends.filter((_, index) => (picked[index]?.length ?? 0) === 0));
    this.#timer = setTimeout(() => this.end(), GIVE_MS).unref();
    this.#give(picked);
  }

  #pick(): HttpSocket[][] {
    const { facts, untouched } = this.#context;
    const counted = [...this.#count.end()].map(([socket, requests]) => {
      const canGo = !socket.destroyed && !facts.isAuthenticated(socket) && !isTied(socket, untouched);
      return { connection: socket, requests, canGo };
    });
    return pickConnections(
      counted,
      this.#ends.map(({ part }) => part),
    );
  }

  #give(picked: readonly HttpSocket[][]): void {
    let left = picked.flat().length;
    if (left === 0) return this.end();
    for (const [index, sockets] of picked.entries()) {
      const end = this.#ends[index];
      if (end === undefined || sockets.length === 0) continue;
      const departure = new Departure(this.#context, [end], this.#servers, new Set(sockets), {
        onReleased: (count) => {
          this.#released += count;
          left -= count;
          if (left === 0) setImmediate(() => this.end());
        },
        onOver: () => departure.close(),
      });
      this.#departures.add(departure);
      for (const socket of sockets) departure.consider(socket._server, socket);
    }
  }

  #closeLines(ends: readonly ReliefEnd[]): void {
    for (const { fd } of ends) this.#context.addon.close(fd);
  }
}
