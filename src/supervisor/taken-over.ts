/** The first event of a master that follows another: the workers that serve already. */
import { type Draft, fieldsOf } from './draft.js';
import type { TakenOverWorker } from './events.js';
import { isActive, newSlot, type WorkerRecord, workersOf } from './state.js';

export function takeOver(draft: Draft, workers: readonly TakenOverWorker[]): void {
  const { state, nowMs } = draft;
  for (const { worker: id, slot, generation, pid, state: found, endedThreads } of workers) {
    const record: WorkerRecord = {
      id,
      rank: state.nextRank++,
      slot,
      generation,
      pid,
      state: found,
      startedAtMs: nowMs,
      readyAtMs: nowMs,
      recycle: null,
      drainingSinceMs: found === 'draining' ? nowMs : null,
      end: found === 'draining' ? 'stop' : null,
      endedThreads,
    };
    state.workers.push(record);
    state.nextWorkerId = Math.max(state.nextWorkerId, id + 1);
    state.generation = Math.max(state.generation, generation);
    if (found === 'draining') {
      draft.arm(`graceful:${id}`, state.settings.gracefulTimeoutMs, { type: 'drain-overdue', worker: id });
    }
    draft.log('info', 'worker-taken-over', `worker ${slot} is taken over`, fieldsOf(record));
  }
  for (const slot of new Set(workers.map((worker) => worker.slot))) {
    const [newest, ...older] = workersOf(state, slot).filter(isActive).toReversed();
    for (const worker of older) draft.retire(worker, 'reload');
    // A slot that only drains waits for `start` to get its worker.
    const wanted = newest !== undefined;
    state.everReady ||= wanted;
    state.slots.push({ ...newSlot(slot), wanted });
  }
  state.slots.sort((a, b) => a.slot - b.slot);
}
