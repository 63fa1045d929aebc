/**
 * Moves the connections that wait for a stuck loop. By stealing: idle workers accept them from a dup, which needs no right
 * and any kernel will do. Or by migration: the kernel moves the whole queue, also to servers that cannot be given a
 * connection that another process accepted.
 */
import type { RescueWay } from '../config/resolved-config.js';
import type { StuckReport } from '../native/kernel-addon.js';
import { divide, takersFor, type LoopReading } from './thieves.js';

export interface RescueTarget {
  /** The listener's key, by which the thief knows its own server. */
  key: string;
  /** Custody's descriptor of the stuck slot's listener. */
  fd: number;
  /** Can the servers on it be given connections that another process accepted. */
  takesAccepted: boolean;
}

/** Who is idle answers within milliseconds. Whoever has not by then holds nobody up any more: it may be stopped itself. */
const ANSWER_MS = 100;

export interface RescueHost {
  nowMs(): number;
  /** The custody entries of a slot, in the order that the watch was told. */
  targets(slot: number): readonly RescueTarget[];
  loops(): LoopReading[];
  /** Asks the worker of `slot` to accept at most `max` connections from the listener; false when it cannot be asked. */
  steal(slot: number, target: RescueTarget, max: number, done: (moved: number) => void): boolean;
  /** Has the loop of a rescued slot turn, as soon as it can, and count what it still has. */
  nudge(slot: number): void;
  /** Does the kernel move a queue whose listener is shut down. */
  canMigrate(): boolean;
  /** Has the kernel move the queue of the stuck slot's listener; returns how many connections went. */
  migrate(slot: number, target: RescueTarget): number;
  /** Must a loop that merely works keep what is queued for it (sticky). */
  keepsClients(): boolean;
}

export interface RescueCounters {
  /** Times that a queue was found waiting for a stuck loop and was moved, or somebody was asked to take it. */
  rescues: number;
  /** Connections that another worker took. */
  stolen: number;
  /** Connections that the kernel moved. */
  migrated: number;
  /** Times that nobody could take a queue. */
  helpless: number;
  /** For how long the loop of a rescued queue had been stuck at the most, in milliseconds. */
  longestStuckMs: number;
}

/**
 * The way for one listener; null: there is none. Stealing takes exactly what waits and leaves the group alone, so it comes
 * first wherever the servers allow it; migration takes the listener out of its group for a moment.
 */
export function wayOf(asked: RescueWay, takesAccepted: boolean, canMigrate: boolean): 'steal' | 'migrate' | null {
  const ways = { steal: takesAccepted, migrate: canMigrate };
  const first = asked === 'migrate' ? 'migrate' : 'steal';
  const second = first === 'steal' ? 'migrate' : 'steal';
  if (ways[first]) return first;
  return asked !== 'steal' && ways[second] ? second : null;
}

export class Rescue {
  readonly counters: RescueCounters = { rescues: 0, stolen: 0, migrated: 0, helpless: 0, longestStuckMs: 0 };
  readonly #watches = new Set<{ longestMs: number }>();
  readonly #way: RescueWay;
  readonly #host: RescueHost;
  /** By the slot whose queue waits: when whom was asked to take it, who has not answered; these by their slots. */
  readonly #asked = new Map<number, Map<number, number>>();

  constructor(way: RescueWay, host: RescueHost) {
    this.#way = way;
    this.#host = host;
  }

  onStuck(report: StuckReport): void {
    if (report.kind === 'turn' && this.#host.keepsClients()) return;
    if (!this.#rescue(report.slot, report.queued, false)) return;
    this.counters.longestStuckMs = Math.max(this.counters.longestStuckMs, report.forMs);
    for (const watch of this.#watches) watch.longestMs = Math.max(watch.longestMs, report.forMs);
  }

  /** The function that it returns ends it, and returns the longest that the loop of a queue rescued since had been stuck. */
  watchLongest(): () => number {
    const watch = { longestMs: 0 };
    this.#watches.add(watch);
    return () => {
      this.#watches.delete(watch);
      return watch.longestMs;
    };
  }

  /** The slot's worker is gone: what waits in its queues is taken over at once. */
  onDead(slot: number, queued: readonly number[]): void {
    this.#rescue(
      slot,
      queued.map((connections, index) => ({ index, connections })),
      true,
    );
  }

  /** Returns whether anybody could take anything. */
  #rescue(slot: number, queued: StuckReport['queued'], isGone: boolean): boolean {
    if (this.#isOnTheWay(slot)) return false;
    const targets = this.#host.targets(slot);
    let taken = false;
    for (const { index, connections } of queued) {
      const target = targets[index];
      if (target !== undefined && connections > 0) taken = this.#take(slot, target, connections, isGone) || taken;
    }
    return taken;
  }

  /** Forgets what was asked of a worker that is gone. */
  reset(slot: number): void {
    this.#asked.delete(slot);
  }

  #isOnTheWay(slot: number): boolean {
    const nowMs = this.#host.nowMs();
    return [...(this.#asked.get(slot)?.values() ?? [])].some((atMs) => nowMs - atMs < ANSWER_MS);
  }

  #take(slot: number, target: RescueTarget, connections: number, isGone: boolean): boolean {
    const asked = this.#asked.get(slot);
    const takers = takersFor(slot, this.#host.loops()).filter((loop) => asked?.has(loop.slot) !== true);
    const shares = divide(connections, takers, isGone);
    if (takers.length > 0 && shares.length === 0) return false;
    const way = takers.length === 0 ? null : wayOf(this.#way, target.takesAccepted, this.#host.canMigrate());
    const taken =
      way === 'migrate'
        ? this.#migrate(slot, target)
        : way === 'steal' && shares.map((share) => this.#steal(slot, target, share)).includes(true);
    if (taken) this.counters.rescues += 1;
    else this.counters.helpless += 1;
    return taken;
  }

  #migrate(slot: number, target: RescueTarget): boolean {
    const moved = this.#host.migrate(slot, target);
    this.counters.migrated += moved;
    if (moved > 0) this.#host.nudge(slot);
    return moved > 0;
  }

  #steal(slot: number, target: RescueTarget, share: { slot: number; connections: number }): boolean {
    const done = (moved: number) => {
      this.#asked.get(slot)?.delete(share.slot);
      this.counters.stolen += moved;
      if (moved > 0) this.#host.nudge(slot);
    };
    const asked = this.#host.steal(share.slot, target, share.connections, done);
    if (asked) this.#asked.set(slot, (this.#asked.get(slot) ?? new Map()).set(share.slot, this.#host.nowMs()));
    return asked;
  }
}
