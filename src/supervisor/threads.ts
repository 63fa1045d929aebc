/**
 * Workers and their loops. The supervisor decides about workers, which are processes; what serves is a loop, each with a
 * slot, a channel and a row of its own. Everything but the decisions sees the loops: they are what the workers are where
 * each has one. Pure.
 */
import type { Effect, SupervisorEvent } from './events.js';
import { NO_SLOT, type SlotRecord, type SupervisorState, type WorkerRecord } from './state.js';

/** The id of a loop; a worker's own where it has only one. */
export function loopId(worker: number, thread: number, threads: number): number {
  return worker * threads + thread;
}

export function workerOfLoop(loop: number, threads: number): number {
  return Math.floor(loop / threads);
}

export function threadOfLoop(loop: number, threads: number): number {
  return loop % threads;
}

/** The slot of a worker's loop: it has `first` and those that follow. */
export function slotOfLoop(first: number, thread: number): number {
  return first === NO_SLOT ? NO_SLOT : first + thread;
}

/** The same state with a slot and a worker for each loop; loops that have ended are left out. */
export function loopsOf(state: SupervisorState): SupervisorState {
  const { threads } = state.settings;
  if (threads === 1) return state;
  const each = Array.from({ length: threads }, (_, thread) => thread);
  const spread = (slots: readonly number[]) => slots.flatMap((slot) => each.map((thread) => slot + thread));
  const { rollout } = state;
  return {
    ...state,
    nextWorkerId: state.nextWorkerId * threads,
    settings: { ...state.settings, workers: state.settings.workers * threads },
    slots: state.slots.flatMap((record) =>
      each.map((thread): SlotRecord => ({ ...record, slot: record.slot + thread })),
    ),
    workers: state.workers.flatMap((worker) => {
      const living = each.filter((thread) => !worker.endedThreads.includes(thread));
      // One of them has failed, and they go with it: nothing is to be given to them any more.
      const now = living.length < threads && worker.end === null ? 'killed' : worker.state;
      return living.map((thread): WorkerRecord => {
        return { ...worker, state: now, id: loopId(worker.id, thread, threads), slot: slotOfLoop(worker.slot, thread) };
      });
    }),
    rollout: rollout === null ? null : { ...rollout, pending: spread(rollout.pending), active: spread(rollout.active) },
  };
}

/** What is done for each loop of a worker, in order. */
export function eachLoop(drain: Extract<Effect, { type: 'drain' }>, state: SupervisorState) {
  const { threads } = state.settings;
  const ended = state.workers.find(({ id }) => id === drain.worker)?.endedThreads ?? [];
  const living = Array.from({ length: threads }, (_, thread) => thread).filter((thread) => !ended.includes(thread));
  return living.map((thread) => ({ ...drain, worker: loopId(drain.worker, thread, threads) }));
}

/** What a loop reports, for which its worker answers. */
export type LoopReport = Extract<
  SupervisorEvent,
  { type: 'worker-ready' | 'worker-hung' | 'worker-spent' | 'spare-loaded' }
>;

/** Makes of what loops report what happens to their workers: one is ready, or loaded, when all of its loops are. */
export class LoopReports {
  readonly #threads: number;
  readonly #seen = new Map<string, Set<number>>();

  constructor(threads: number) {
    this.#threads = threads;
  }

  /** null: it says nothing of the worker yet. `report.worker` is the id of a loop. */
  take(report: LoopReport): LoopReport | null {
    const threads = this.#threads;
    if (threads === 1) return report;
    const worker = workerOfLoop(report.worker, threads);
    switch (report.type) {
      case 'worker-ready':
      case 'spare-loaded': {
        const loops = this.#seen.get(`${report.type}:${worker}`) ?? new Set();
        this.#seen.set(`${report.type}:${worker}`, loops.add(report.worker));
        return loops.size === threads ? { ...report, worker } : null;
      }
      case 'worker-hung': {
        const because = `thread ${threadOfLoop(report.worker, threads)}: ${report.because}`;
        return { ...report, worker, because };
      }
      case 'worker-spent':
        return { ...report, worker };
      default:
        return report satisfies never;
    }
  }

  /** The worker is gone. */
  forget(worker: number): void {
    this.#seen.delete(`worker-ready:${worker}`);
    this.#seen.delete(`spare-loaded:${worker}`);
  }
}
