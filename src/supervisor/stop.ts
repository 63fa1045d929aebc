import type { Draft } from './draft.js';
import { abortRollout } from './rollout.js';
import { failScale } from './scale.js';
import { QUICK_STOP_MS } from './state.js';

/**
 * Graceful: every worker drains. Quick: SIGINT, so that the program's own handlers run, and SIGKILL soon after. A quick
 * stop hastens a graceful one; a second quick stop kills at once.
 */
export function requestStop(draft: Draft, mode: 'graceful' | 'quick', request: string): void {
  const { state } = draft;
  state.stopRequests.push(request);
  const before = state.stopMode;
  if (before === 'kill' || (before !== null && mode === 'graceful')) return;
  state.stopMode = before === 'quick' ? 'kill' : mode;
  if (state.phase === 'running') leaveRunning(draft);
  draft.log('info', 'stopping', `stopping (${state.stopMode})`, { workers: state.workers.length });
  for (const worker of state.workers) {
    if (state.stopMode === 'graceful') draft.retire(worker, 'stop');
    else if (state.stopMode === 'kill' || worker.state === 'starting' || worker.state === 'spare')
      draft.kill(worker, 'stop');
    else if (worker.state !== 'killed') {
      worker.end ??= 'stop';
      worker.state = 'draining';
      worker.drainingSinceMs ??= draft.nowMs;
      draft.effects.push({ type: 'signal', worker: worker.id, signal: 'SIGINT' });
      const afterMs = Math.min(QUICK_STOP_MS, state.settings.gracefulTimeoutMs);
      draft.arm(`graceful:${worker.id}`, afterMs, { type: 'drain-overdue', worker: worker.id });
    }
  }
}

function leaveRunning(draft: Draft): void {
  const { state } = draft;
  state.phase = 'stopping';
  const message = 'the service is stopping';
  abortRollout(draft, message);
  failScale(draft, message);
  for (const request of state.queuedReloads) {
    draft.effects.push({ type: 'answer', request, result: { ok: false, code: 'ERR_RELOAD_ABORTED', message } });
  }
  state.queuedReloads = [];
  if (state.spareBackoffUntilMs !== null) draft.disarm('spare-backoff');
  for (const slot of state.slots) {
    if (slot.backoffUntilMs !== null) draft.disarm(`backoff:${slot.slot}`);
    slot.backoffUntilMs = null;
  }
}

/** When the last worker is gone the supervisor ends. */
export function settleStop(draft: Draft): void {
  const { state } = draft;
  if (state.phase !== 'stopping' || state.workers.length > 0) return;
  state.phase = 'stopped';
  for (const slot of state.slots) draft.dropSlot(slot);
  for (const request of state.stopRequests) {
    draft.effects.push({ type: 'answer', request, result: { ok: true, fields: {} } });
  }
  draft.log('info', 'stopped', 'stopped');
  draft.effects.push({ type: 'exit', code: 0, error: null });
}
