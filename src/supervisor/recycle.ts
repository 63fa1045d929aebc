/** Recycling: a worker that is to be replaced although it serves. Like the reload of one slot: successor first. */
import { type Draft, fieldsOf } from './draft.js';
import { backoffMs, type SlotRecord, STABLE_MS, workersOf } from './state.js';

/** The worker has reached a limit, or has asked for it: `because` says which. */
export function requestRecycle(draft: Draft, id: number, because: string): void {
  const worker = draft.worker(id);
  const slot = draft.slot(worker?.slot ?? -1);
  if (worker?.state !== 'ready' || worker.recycle !== null || slot?.wanted !== true) return;
  worker.recycle = because;
  const isHasty = draft.nowMs - (worker.readyAtMs ?? draft.nowMs) < STABLE_MS;
  slot.hastyRecycles = isHasty ? slot.hastyRecycles + 1 : 0;
  if (!isHasty) slot.failures = 0;
  // A limit below what the program needs from its start would replace workers without a pause.
  const waitMs = backoffMs(Math.max(0, slot.hastyRecycles - 1));
  if (waitMs === 0) return;
  const message = `worker ${slot.slot} has reached a limit so soon after its start: ${because}; it is recycled in ${waitMs} ms`;
  draft.log('warn', 'recycle-backoff', message, { ...fieldsOf(worker), waitMs });
  draft.backOff(slot, waitMs);
}

/** Starts as many successors as there is room for: called after every event. */
export function advanceRecycling(draft: Draft): void {
  const { state } = draft;
  if (state.phase !== 'running') return;
  for (const worker of state.workers.filter(({ state: now, recycle }) => now === 'ready' && recycle !== null)) {
    if (!draft.hasRoom()) return;
    const slot = draft.slot(worker.slot);
    if (slot?.wanted !== true || slot.backoffUntilMs !== null || draft.isInRollout(slot.slot)) continue;
    if (workersOf(state, slot.slot).length > 1) continue;
    draft.log('info', 'recycle', `worker ${slot.slot} is recycled: ${worker.recycle}`, fieldsOf(worker));
    draft.spawn(slot.slot);
  }
}

/** The successor failed: the old worker serves on, and the next one is tried after the back-off. */
export function recycleFailed(draft: Draft, slot: SlotRecord, why: string): void {
  const predecessor = workersOf(draft.state, slot.slot).find(({ state, recycle }) => {
    return state === 'ready' && recycle !== null;
  });
  if (predecessor === undefined || slot.backoffUntilMs !== null) return;
  const waitMs = backoffMs(slot.failures);
  draft.backOff(slot, waitMs);
  const message = `${why} The previous worker still serves; next try in ${waitMs} ms`;
  draft.log('error', 'recycle-failed', message, { ...fieldsOf(predecessor), failures: slot.failures, waitMs });
}
