/** Start, and live changes of the number of slots. */
import type { Draft } from './draft.js';
import { isActive, MAX_SLOTS, newSlot, type SlotRecord, wantedSlots, workersOf } from './state.js';

export function requestScale(draft: Draft, workers: number, request: string): void {
  const { state } = draft;
  if (state.phase !== 'running') {
    const result = { ok: false, code: 'ERR_BUSY', message: 'the service is stopping' } as const;
    draft.effects.push({ type: 'answer', request, result });
    return;
  }
  failScale(draft, `replaced by a later scale to ${workers}`);
  state.scaleRequest = request;
  const before = wantedSlots(state).length;
  if (workers !== before) draft.log('info', 'scale-started', `scale from ${before} to ${workers} workers`, { workers });
  setSlots(draft, workers);
}

/** Makes the lowest `workers` slots wanted and the rest not; {@link advanceScale} ends the workers of these. */
export function setSlots(draft: Draft, workers: number): void {
  const { state } = draft;
  for (let index = 0; index < MAX_SLOTS; index += 1) {
    const slot = draft.slot(index);
    if (index < workers) {
      if (slot?.wanted === true) continue;
      if (slot === undefined) {
        state.slots.push(newSlot(index));
        state.slots.sort((a, b) => a.slot - b.slot);
      } else {
        slot.wanted = true;
      }
      // One that had to serve on stays.
      if (!workersOf(state, index).some(isActive)) draft.spawn(index);
    } else if (slot?.wanted === true) {
      slot.wanted = false;
      if (slot.backoffUntilMs !== null) draft.disarm(`backoff:${index}`);
      slot.backoffUntilMs = null;
      if (workersOf(state, index).length === 0) draft.dropSlot(slot);
    }
  }
  // What stays is all that there is to be: it does not wait for a back-off.
  if (wantedSlots(state).some((slot) => workersOf(state, slot.slot).some(isActive))) return;
  for (const slot of wantedSlots(state).filter(({ backoffUntilMs }) => backoffUntilMs !== null)) {
    slot.restarts += 1;
    draft.spawn(slot.slot);
  }
}

/** Slots that are to go drain as soon as one that stays serves: until then nobody else would. Called after every event. */
export function advanceScale(draft: Draft): void {
  const { state } = draft;
  if (state.phase !== 'running') return;
  const isServed = ({ slot }: SlotRecord) => workersOf(state, slot).some((worker) => worker.state === 'ready');
  const mayGo = wantedSlots(state).some(isServed);
  for (const { slot } of state.slots.filter(({ wanted }) => !wanted)) {
    for (const worker of workersOf(state, slot)) {
      if (worker.state === 'starting' || (worker.state === 'ready' && mayGo)) draft.retire(worker, 'scale');
    }
  }
}

/** Answers the waiting `scale` when every wanted slot is ready and no other is left. */
export function settleScale(draft: Draft): void {
  const { state } = draft;
  if (state.scaleRequest === null) return;
  const done = state.slots.every((slot) => {
    return slot.wanted && workersOf(state, slot.slot).some((worker) => worker.state === 'ready');
  });
  if (!done) return;
  const fields = { workers: state.slots.length };
  draft.effects.push({ type: 'answer', request: state.scaleRequest, result: { ok: true, fields } });
  draft.log('info', 'scale-complete', `scaled to ${fields.workers}`, fields);
  state.scaleRequest = null;
}

export function failScale(draft: Draft, message: string): void {
  const request = draft.state.scaleRequest;
  if (request === null) return;
  draft.state.scaleRequest = null;
  draft.effects.push({ type: 'answer', request, result: { ok: false, code: 'ERR_BUSY', message } });
}
