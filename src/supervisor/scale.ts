/** Start, and live changes of the number of slots. */
import type { Draft } from './draft.js';
import {
  isActive,
  isSettled,
  MAX_SLOTS,
  newSlot,
  type SlotRecord,
  type SupervisorState,
  wantedSlots,
  workersOf,
} from './state.js';
import type { LogFields } from './events.js';

export function requestScale(draft: Draft, workers: number, request: string): void {
  const { state } = draft;
  const { range } = state.settings;
  const refuse = (code: 'ERR_BUSY' | 'ERR_USAGE', message: string) =>
    draft.effects.push({ type: 'answer', request, result: { ok: false, code, message } });
  if (state.phase !== 'running') return void refuse('ERR_BUSY', 'the service is stopping');
  if (range !== null && (workers < range.min || workers > range.max)) {
    return void refuse(
      'ERR_USAGE',
      `scale: ${workers} is not within ${range.min}..${range.max}, the range of --workers`,
    );
  }
  const most = mostWorkers(state.settings);
  if (workers > most) {
    const { threads } = state.settings;
    return void refuse('ERR_USAGE', `scale: ${workers} workers of ${threads} threads: ${most} at the most`);
  }
  failScale(draft, `replaced by a later scale to ${workers}`);
  state.scaleRequest = request;
  const from = wantedSlots(state).length;
  if (workers !== from) draft.log('info', 'scale-started', `scale from ${from} to ${workers} workers`, { workers });
  state.sizeChange = { from, to: workers, by: 'operator', why: null, atMs: draft.nowMs };
  setSlots(draft, workers);
}

/** One more or less, as far as that goes. */
export function requestScaleBy(draft: Draft, workers: number, request: string): void {
  const { settings } = draft.state;
  const { min, max } = settings.range ?? { min: 1, max: mostWorkers(settings) };
  requestScale(draft, Math.min(Math.max(wantedSlots(draft.state).length + workers, min), max), request);
}

/** Asked for by the load, which waits for a better moment when something else is under way. */
export function resize(draft: Draft, to: number, why: string, figures: LogFields): void {
  const { state } = draft;
  const { range } = state.settings;
  const from = wantedSlots(state).length;
  if (range === null || to < range.min || to > range.max || to === from || !isSettled(state)) return;
  const message = `${to > from ? 'grows' : 'shrinks'} from ${from} to ${to} workers: ${why}`;
  draft.log('info', 'sizing', message, { from, to, ...figures });
  state.sizeChange = { from, to, by: 'load', why, atMs: draft.nowMs };
  setSlots(draft, to);
}

function mostWorkers({ threads }: SupervisorState['settings']): number {
  return Math.floor(MAX_SLOTS / threads);
}

/** Makes the slots of the lowest `workers` wanted and the rest not; {@link advanceScale} ends the workers of these. */
export function setSlots(draft: Draft, workers: number): void {
  const { state } = draft;
  const { threads } = state.settings;
  for (let index = 0; index < MAX_SLOTS; index += threads) {
    const slot = draft.slot(index);
    if (index < workers * threads) {
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
