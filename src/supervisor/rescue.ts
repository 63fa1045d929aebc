/** Moves the connections that wait for a stuck loop, by having idle workers accept them from a dup (stealing). */
import type { StuckReport } from '../native/kernel-addon.js';
import { divide, type LoopReading } from './thieves.js';

export interface RescueTarget {
  /** The listener's key, by which the thief knows its own server. */
  key: string;
  /** Custody's descriptor of the stuck slot's listener. */
  fd: number;
}

export interface RescueHost {
  /** The custody entries of a slot, in the order that the watch was told. */
  targets(slot: number): readonly RescueTarget[];
  loops(): LoopReading[];
  /** Asks the worker of `slot` to accept at most `max` connections from the listener; false when it cannot be asked. */
  steal(slot: number, target: RescueTarget, max: number, done: (moved: number) => void): boolean;
  /** Must a loop that merely works keep what is queued for it (sticky). */
  keepsClients(): boolean;
}

export interface RescueCounters {
  /** Times that a queue was found waiting for a stuck loop and somebody was asked to take it. */
  rescues: number;
  /** Connections that another worker took. */
  stolen: number;
  /** Times that nobody could take a queue. */
  helpless: number;
}

export class Rescue {
  readonly counters: RescueCounters = { rescues: 0, stolen: 0, helpless: 0 };
  readonly #host: RescueHost;
  /** Slots whose queue somebody is on the way to: asked again only when that is answered. */
  readonly #underWay = new Map<number, number>();

  constructor(host: RescueHost) {
    this.#host = host;
  }

  onStuck(report: StuckReport): void {
    if (report.kind === 'turn' && this.#host.keepsClients()) return;
    this.#rescue(report.slot, report.queued);
  }

  /** The slot's worker is gone: what waits in its queues is taken over at once. */
  onDead(slot: number, queued: readonly number[]): void {
    this.#rescue(
      slot,
      queued.map((connections, index) => ({ index, connections })),
    );
  }

  #rescue(slot: number, queued: StuckReport['queued']): void {
    if ((this.#underWay.get(slot) ?? 0) > 0) return;
    const targets = this.#host.targets(slot);
    for (const { index, connections } of queued) {
      const target = targets[index];
      if (target !== undefined && connections > 0) this.#take(slot, target, connections);
    }
  }

  /** Forgets what was asked of a worker that is gone. */
  reset(slot: number): void {
    this.#underWay.delete(slot);
  }

  #take(slot: number, target: RescueTarget, connections: number): void {
    const shares = divide(connections, slot, this.#host.loops());
    let asked = 0;
    for (const share of shares) {
      const done = (moved: number) => {
        this.#underWay.set(slot, Math.max(0, (this.#underWay.get(slot) ?? 0) - 1));
        this.counters.stolen += moved;
      };
      if (this.#host.steal(share.slot, target, share.connections, done)) asked += 1;
    }
    this.#underWay.set(slot, (this.#underWay.get(slot) ?? 0) + asked);
    if (asked > 0) this.counters.rescues += 1;
    else this.counters.helpless += 1;
  }
}
