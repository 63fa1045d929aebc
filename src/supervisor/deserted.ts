/** Who serves what a worker that is gone has left, also when the service ends. Pure. */
import type { CustodyEntry } from './custody.js';
import { type SupervisorState, type WorkerRecord, workersOf } from './state.js';

/** Will no worker of its own empty the listener's queue: those that serve on it are gone, or killed. */
export function isDeserted({ workers }: Pick<SupervisorState, 'workers'>, { holders }: Pick<CustodyEntry, 'holders'>) {
  return !workers.some(({ id, state }) => holders.has(id) && (state === 'ready' || state === 'draining'));
}

/** Whether workers that are to drain, and have not been told so yet, are still at our disposal. */
export function areWorkersHeldBack({ stopMode }: Pick<SupervisorState, 'stopMode'>): boolean {
  return stopMode === null || stopMode === 'graceful';
}

/** The slot's worker that can serve one connection more: a ready one, or one that is held back. */
export function servingWorker(
  state: SupervisorState,
  slot: number,
  isHeldBack: (worker: number) => boolean,
): WorkerRecord | undefined {
  const workers = workersOf(state, slot);
  const ready = workers.find((worker) => worker.state === 'ready');
  if (ready !== undefined || !areWorkersHeldBack(state)) return ready;
  return workers.find((worker) => worker.state === 'draining' && isHeldBack(worker.id));
}
