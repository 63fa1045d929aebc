/**
 * Lets the load decide how many workers of a range there are: looks once a second what their loops do, and not while the
 * number or the workers are being changed. Without a range nothing runs.
 */
import type { Logger } from '../observe/log.js';
import type { LogFields } from './events.js';
import type { LoopTimes, Os } from './os.js';
import { QueueAges } from './queue-ages.js';
import { judgeSize, NO_EXPERIENCE, type LoopLoad, type Obstacle, type SizeVerdict } from './sizing.js';
import { heldBy, isSettled, type SupervisorState, wantedSlots, type WorkerRecord, workersOf } from './state.js';

/** As others look at the page: timers of one length share their wake-up. */
const LOOK_MS = 1_000;
/** Queues of loops with so much room are not looked at. */
const HAS_ROOM = 0.5;

export interface SizingOptions {
  shrinkAfterMs: number;
  /** That may be used, and the part of them that a control group leaves. */
  processors: number;
}

export interface SizingHost {
  /** With a worker and a slot for each event loop. */
  state(): SupervisorState;
  /** With a worker for each process. */
  processes(): SupervisorState;
  /** By the page's clock. */
  nowNs(): number;
  read(slot: number, field: 'busySinceNs' | 'accepted'): number;
  isStuck(slot: number): boolean;
  /** Connections that wait in the slot's own listeners. */
  queued(slot: number): number;
  /** The kernel's number of the thread of a loop; null: not known. */
  tidOf(loop: number): number | null;
  /** Asks for another number of workers. */
  resize(workers: number, why: string, figures: LogFields): void;
}

interface Reading extends LoopTimes {
  atMs: number;
}

export class SizingWatch {
  readonly #os: Os;
  readonly #log: Logger;
  readonly #options: SizingOptions;
  readonly #host: SizingHost;
  readonly #ages = new QueueAges();
  readonly #stopLooks: () => void;
  #readings: ReadonlyMap<number, Reading> = new Map();
  #experience = NO_EXPERIENCE;
  #obstacle: Obstacle | null = null;
  #paused = false;

  constructor(os: Os, log: Logger, options: SizingOptions, host: SizingHost) {
    this.#os = os;
    this.#log = log;
    this.#options = options;
    this.#host = host;
    const { range } = host.processes().settings;
    if (range === null) {
      this.#stopLooks = () => {};
    } else if (os.loopTimes(process.pid, process.pid) === null) {
      this.#stopLooks = () => {};
      const message = `this kernel does not tell how busy a loop is (/proc/<pid>/schedstat): the number of workers stays as it is`;
      log.warn({ event: 'sizing-blind' }, message);
    } else {
      this.#stopLooks = os.every(LOOK_MS, () => this.#look());
    }
  }

  /** Why there are not more workers, although the loops have no room; null: they have, or there will be. */
  get obstacle(): string | null {
    return this.#obstacle === null ? null : this.#explain(this.#obstacle);
  }

  stop(): void {
    this.#stopLooks();
  }

  /** While another master gets ready to take over. */
  pause(paused: boolean): void {
    this.#paused = paused;
  }

  #look(): void {
    const state = this.#host.state();
    const { range, threads } = this.#host.processes().settings;
    if (range === null || this.#paused || !isSettled(state)) return this.#forget();
    const nowMs = this.#os.nowMs();
    const workers = wantedSlots(state).flatMap(({ slot }) => workersOf(state, slot));
    const loops = this.#loads(workers, nowMs);
    if (loops.length < workers.length) return;
    const hasRoom = loops.every(({ ran, waited, inTurn }) => Math.max(ran + waited, inTurn) < HAS_ROOM);
    const queuedMs = hasRoom ? this.#ages.forget() : this.#oldest(workers, nowMs);
    const held = heldBy(state.sizeChange, nowMs);
    const rules = { ...range, threads, ...this.#options };
    const verdict = judgeSize(this.#experience, { loops, queuedMs: queuedMs ?? 0, held }, rules, nowMs);
    this.#experience = verdict.experience;
    this.#say(verdict);
    const { change } = verdict;
    if (change !== null) {
      this.#host.resize(change.workers, change.why, rounded(verdict));
    }
  }

  /** What was read before some change tells nothing of the time after. */
  #forget(): void {
    this.#readings = new Map();
    this.#ages.forget();
  }

  /** Of workers that have been read before: the others are told at the next look. */
  #loads(workers: readonly WorkerRecord[], nowMs: number): LoopLoad[] {
    const before = this.#readings;
    const readings = workers.flatMap(({ id, pid }) => {
      const times = pid === null ? null : this.#os.loopTimes(pid, this.#host.tidOf(id) ?? pid);
      return times === null ? [] : [[id, { ...times, atMs: nowMs }] as const];
    });
    this.#readings = new Map(readings);
    return workers.flatMap(({ id, slot }) => {
      const [then, now] = [before.get(id), this.#readings.get(id)];
      if (then === undefined || now === undefined || now.atMs <= then.atMs) return [];
      const periodNs = (now.atMs - then.atMs) * 1e6;
      const ran = (now.ranNs - then.ranNs) / periodNs;
      return [{ ran, waited: (now.waitedNs - then.waitedNs) / periodNs, inTurn: this.#inTurn(slot, periodNs) }];
    });
  }

  #inTurn(slot: number, periodNs: number): number {
    if (this.#host.isStuck(slot)) return 1;
    const busySinceNs = this.#host.read(slot, 'busySinceNs');
    return busySinceNs === 0 ? 0 : Math.min(1, (this.#host.nowNs() - busySinceNs) / periodNs);
  }

  #oldest(workers: readonly WorkerRecord[], nowMs: number): number {
    const ages = workers.map(({ slot }) => {
      return this.#ages.look(slot, this.#host.queued(slot), this.#host.read(slot, 'accepted'), nowMs);
    });
    return Math.max(0, ...ages);
  }

  /** Once for each time that it becomes so. */
  #say({ obstacle, figures: { busy }, ...verdict }: SizeVerdict): void {
    if (obstacle !== null && obstacle !== this.#obstacle) {
      const { workers } = verdict.experience;
      const message = `stays at ${workers} workers, although the loops are ${Math.round(busy * 100)} % busy: ${this.#explain(obstacle)}`;
      this.#log.info({ event: 'sizing-stays', workers, obstacle }, message);
    }
    this.#obstacle = obstacle;
  }

  #explain(obstacle: Obstacle): string {
    switch (obstacle) {
      case 'most':
        return 'the range has no more';
      case 'processors':
        return 'the processors have no time for another';
      case 'held':
        return 'fewer were asked for a short while ago';
      default:
        return obstacle satisfies never;
    }
  }
}

function rounded({ figures: { busy, processorsUsed, queuedMs } }: SizeVerdict): LogFields {
  return {
    busy: Number(busy.toFixed(2)),
    processorsUsed: Number(processorsUsed.toFixed(2)),
    queuedMs: Math.round(queuedMs),
  };
}
