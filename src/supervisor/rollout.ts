/** Reload: slot by slot the successor starts, and only when it is ready does the predecessor drain. */
import type { Draft } from './draft.js';
import { dropStaleSpares } from './spares.js';
import { wantedSlots, workersOf } from './state.js';

export function requestReload(draft: Draft, request: string): void {
  const { state } = draft;
  if (state.phase !== 'running') {
    const result = { ok: false, code: 'ERR_BUSY', message: 'the service is stopping' } as const;
    draft.effects.push({ type: 'answer', request, result });
  } else if (state.rollout !== null) {
    state.queuedReloads.push(request);
    draft.log('info', 'reload-queued', `a reload is running (generation ${state.generation}); the next one follows it`);
  } else {
    begin(draft, [request]);
  }
}

/** Moves the rollout on as far as it goes now: called after every event. */
export function advanceRollout(draft: Draft): void {
  const { state } = draft;
  const { rollout } = state;
  if (rollout === null || state.phase !== 'running') return;
  rollout.active = rollout.active.filter((slot) => !isReplaced(draft, slot));
  while (rollout.active.length < state.settings.surge && draft.hasRoom()) {
    const slot = rollout.pending.shift();
    if (slot === undefined) break;
    if (draft.slot(slot)?.wanted !== true || isReplaced(draft, slot)) continue;
    rollout.active.push(slot);
    // What only starts yet has nothing to drain: it makes room at once.
    for (const worker of workersOf(state, slot)) if (worker.state === 'starting') draft.kill(worker, 'reload');
    draft.spawn(slot);
  }
  if (rollout.active.length > 0 || rollout.pending.length > 0) return;
  const tookMs = Math.round(draft.nowMs - rollout.startedAtMs);
  const fields = { generation: rollout.generation, workers: wantedSlots(state).length, tookMs };
  state.rollout = null;
  state.reloads += 1;
  draft.log('info', 'reload-complete', `reload complete: generation ${rollout.generation} serves`, fields);
  draft.happened({ hook: 'onReload', about: { generation: rollout.generation, ok: true, why: null } });
  for (const request of rollout.requests) {
    draft.effects.push({ type: 'answer', request, result: { ok: true, fields } });
  }
  dropStaleSpares(draft);
  beginQueued(draft);
}

/** Ends the rollout; slots not yet replaced keep their workers. */
export function abortRollout(draft: Draft, reason: string): void {
  const { state } = draft;
  const { rollout } = state;
  if (rollout === null) return;
  state.rollout = null;
  state.abortedReloads += 1;
  for (const slot of rollout.active) {
    const workers = workersOf(state, slot);
    // A successor without a predecessor is all that the slot has: it goes on starting.
    const serving = workers.some((worker) => worker.state === 'ready' && worker.generation < rollout.generation);
    for (const worker of workers) {
      if (serving && worker.generation === rollout.generation && worker.state === 'starting') {
        draft.kill(worker, 'aborted');
      }
    }
  }
  const message = `reload aborted: ${reason}`;
  draft.log('error', 'reload-aborted', message, { generation: rollout.generation, code: 'ERR_RELOAD_ABORTED' });
  draft.happened({ hook: 'onReload', about: { generation: rollout.generation, ok: false, why: reason } });
  for (const request of rollout.requests) {
    draft.effects.push({ type: 'answer', request, result: { ok: false, code: 'ERR_RELOAD_ABORTED', message } });
  }
  beginQueued(draft);
}

/** Workers of another master run its code: they are replaced by this one's, as by a reload. */
export function replaceTakenOver(draft: Draft, request: string | undefined): void {
  const requests = request === undefined ? [] : [request];
  if (wantedSlots(draft.state).length > 0) return begin(draft, requests);
  for (const id of requests) draft.effects.push({ type: 'answer', request: id, result: { ok: true, fields: {} } });
}

function begin(draft: Draft, requests: string[]): void {
  const { state } = draft;
  state.generation += 1;
  const pending = wantedSlots(state).map((slot) => slot.slot);
  state.rollout = { generation: state.generation, startedAtMs: draft.nowMs, pending, active: [], requests };
  const fields = { generation: state.generation, workers: pending.length, surge: state.settings.surge };
  draft.log('info', 'reload-started', `reload: generation ${state.generation} begins`, fields);
}

function beginQueued(draft: Draft): void {
  const requests = draft.state.queuedReloads;
  if (requests.length === 0 || draft.state.phase !== 'running') return;
  draft.state.queuedReloads = [];
  begin(draft, requests);
  advanceRollout(draft);
}

/** The slot is served by this generation alone, or is gone. */
function isReplaced(draft: Draft, slot: number): boolean {
  if (draft.slot(slot)?.wanted !== true) return true;
  const workers = workersOf(draft.state, slot);
  const generation = draft.state.generation;
  return workers.length === 1 && workers[0]?.generation === generation && workers[0].state === 'ready';
}
