/**
 * Evens the load of the loops by moving open connections. Looks once a second, by plain loads, whether any loop works; reads
 * how long each has run when one does, and looks more often only where a move may be due.
 */
import type { Logger } from '../observe/log.js';
import { type Experiences, judge, type Load, type Move, moved } from './imbalance.js';
import type { Os } from './os.js';
import { type SupervisorState, wantedSlots, type WorkerRecord, workersOf } from './state.js';

/** As the other looks at the page: timers of one length share their wake-up. */
const LOOK_MS = 1_000;
const SOON_MS = 250;
/** What a move may take: counting, waiting for safe moments, and answering under load. */
const MOVE_MS = 10_000;

export interface RebalanceHost {
  state(): SupervisorState;
  /** May a client change its worker, by the policy and the weights in force. */
  allows(slots: readonly number[]): boolean;
  read(slot: number, field: 'turns' | 'busySinceNs' | 'openConnections'): number;
  takesOver(slot: number): boolean;
  /** Asks the giver, which answers by that number; false when it cannot be asked. */
  share(id: number, move: Move): boolean;
  /** The kernel's number of the thread of a loop; null: not known. */
  tidOf(loop: number): number | null;
}

/** A worker's figures at the last look. */
interface Reading {
  turns: number;
  /** null: not read. */
  timeNs: number | null;
}

interface UnderWay {
  move: Move;
  sinceMs: number;
}

export class Rebalance {
  readonly #os: Os;
  readonly #log: Logger;
  readonly #host: RebalanceHost;
  readonly #underWay = new Map<number, UnderWay>();
  #experiences: Experiences = new Map();
  #readings: ReadonlyMap<number, Reading> = new Map();
  #readAtMs = 0;
  #nextId = 1;
  #cancelSoon: (() => void) | null = null;
  readonly #stopLooks: () => void;

  constructor(os: Os, log: Logger, enabled: boolean, host: RebalanceHost) {
    this.#os = os;
    this.#log = log;
    this.#host = host;
    this.#stopLooks = enabled ? os.every(LOOK_MS, () => this.#lookInTurn()) : () => {};
  }

  stop(): void {
    this.#stopLooks();
    this.#cancelSoon?.();
    this.#cancelSoon = null;
  }

  /** The giver has answered: so many connections have left it. */
  shared(id: number, connections: number): void {
    const underWay = this.#underWay.get(id);
    if (underWay === undefined) return;
    this.#underWay.delete(id);
    this.#experiences = moved(this.#experiences, underWay.move, connections, this.#os.nowMs());
    const { slot } = underWay.move;
    this.#log.debug({ event: 'shared', slot, connections }, `slot ${slot} has handed ${connections} connections over`);
  }

  /** Not beside the looks that come soon, whose readings it would cut short. */
  #lookInTurn(): void {
    if (this.#cancelSoon === null) this.#look();
  }

  #look(): void {
    const nowMs = this.#os.nowMs();
    const workers = this.#workers();
    this.#giveUp(workers, nowMs);
    const before = this.#readings;
    const turns = new Map(workers.map(({ id, slot }) => [id, this.#host.read(slot, 'turns')]));
    const works = workers.some(({ id, slot }) => {
      const isTurning = turns.get(id) !== before.get(id)?.turns || this.#host.read(slot, 'busySinceNs') > 0;
      return isTurning && this.#host.read(slot, 'openConnections') > 1;
    });
    this.#readings = new Map(
      workers.map(({ id, pid }) => {
        const times = works && pid !== null ? this.#os.loopTimes(pid, this.#host.tidOf(id) ?? pid) : null;
        const timeNs = times === null ? null : times.ranNs + times.waitedNs;
        return [id, { turns: turns.get(id) ?? 0, timeNs }];
      }),
    );
    const periodNs = (nowMs - this.#readAtMs) * 1e6;
    this.#readAtMs = nowMs;
    if (!works) return;
    const loads = workers.flatMap((worker) => this.#loadOf(worker, before.get(worker.id), periodNs) ?? []);
    // What can be compared needs two readings.
    if (loads.length === 0) return this.#lookSoon();
    const { experiences, moves, suspects } = judge(this.#experiences, loads, nowMs);
    this.#experiences = experiences;
    for (const move of moves) this.#begin(move, loads, nowMs);
    if (suspects) this.#lookSoon();
  }

  #lookSoon(): void {
    this.#cancelSoon = this.#os.timer(SOON_MS, () => {
      this.#cancelSoon = null;
      this.#look();
    });
  }

  /** Those that serve, each alone in its slot; nobody where no connection may move. */
  #workers(): WorkerRecord[] {
    const state = this.#host.state();
    if (state.phase !== 'running' || state.rollout !== null) return [];
    const workers = wantedSlots(state).flatMap(({ slot }) => {
      const all = workersOf(state, slot);
      return all.length === 1 ? all.filter(({ state: now, recycle }) => now === 'ready' && recycle === null) : [];
    });
    return workers.length > 1 && this.#host.allows(workers.map(({ slot }) => slot)) ? workers : [];
  }

  #loadOf({ id, slot }: WorkerRecord, before: Reading | undefined, periodNs: number): Load | null {
    const timeNs = this.#readings.get(id)?.timeNs ?? null;
    if (timeNs === null || before === undefined || before.timeNs === null) return null;
    const demand = Math.min(1, (timeNs - before.timeNs) / periodNs);
    const openConnections = this.#host.read(slot, 'openConnections');
    return { slot, worker: id, demand, openConnections, takes: this.#host.takesOver(slot) };
  }

  #begin(move: Move, loads: readonly Load[], nowMs: number): void {
    const id = this.#nextId++;
    const demandOf = (worker: number) => loads.find((load) => load.worker === worker)?.demand.toFixed(2);
    const whom = move.receivers.map(({ slot, worker, part }) => {
      return `${Math.round(part * 100)} % of it to slot ${slot} (${demandOf(worker)})`;
    });
    const message = `slot ${move.slot} has a load of ${demandOf(move.worker)}: it is to hand ${whom.join(', ')}`;
    this.#log.debug({ event: 'rebalance', slot: move.slot }, message);
    this.#underWay.set(id, { move, sinceMs: nowMs });
    if (!this.#host.share(id, move)) this.shared(id, 0);
  }

  /** Moves whose giver is gone, or does not answer. */
  #giveUp(workers: readonly WorkerRecord[], nowMs: number): void {
    for (const [id, { move, sinceMs }] of this.#underWay) {
      const isThere = workers.some((worker) => worker.id === move.worker);
      if (!isThere || nowMs - sinceMs > MOVE_MS) this.shared(id, 0);
    }
  }
}
