import { aboutWorker, Draft, fieldsOf, nameOf } from './draft.js';
import type { Effect, SupervisorEvent } from './events.js';
import { explainEarlyExit } from './exit-reason.js';
import { onLoopEnded, onLoopLost } from './loop-end.js';
import { lifetimeMs, lifetimeReached } from './limits.js';
import { advanceRecycling, recycleFailed, requestRecycle } from './recycle.js';
import { abortRollout, advanceRollout, replaceTakenOver, requestReload } from './rollout.js';
import { advanceScale, failScale, requestScale, requestScaleBy, resize, setSlots, settleScale } from './scale.js';
import {
  isActive,
  NO_SLOT,
  STABLE_MS,
  type SlotRecord,
  type SupervisorState,
  wantedSlots,
  type WorkerRecord,
  workersOf,
} from './state.js';
import { advanceSpares, onSpareExit, onSpareLoaded, refuseSpares } from './spares.js';
import { requestStop, settleStop } from './stop.js';
import { takeOver } from './taken-over.js';

/**
 * The supervisor's decisions: what follows from an event at a time, without doing any of it. Pure: `state` is not
 * changed. Events about workers that are gone are ignored, so the caller need not order timers against exits.
 */
export function transition(
  state: SupervisorState,
  event: SupervisorEvent,
  nowMs: number,
): { state: SupervisorState; effects: Effect[] } {
  if (state.phase === 'stopped') return { state, effects: [] };
  const draft = new Draft(state, nowMs);
  apply(draft, event);
  advanceScale(draft);
  advanceRollout(draft);
  advanceRecycling(draft);
  announce(draft);
  settleScale(draft);
  settleStop(draft);
  advanceSpares(draft);
  return { state: draft.state, effects: urgentFirst(draft.effects) };
}

/** A spare serves as soon as it hears of its slot; to write logs and to start processes takes longer than that. */
function urgentFirst(effects: readonly Effect[]): Effect[] {
  return effects.toSorted((a, b) => Number(b.type === 'assign') - Number(a.type === 'assign'));
}

function apply(draft: Draft, event: SupervisorEvent): void {
  switch (event.type) {
    case 'taken-over':
      return takeOver(draft, event.workers);
    case 'start':
      draft.state.sizeChange = event.sizeChange ?? null;
      replaceTakenOver(draft, event.request);
      return setSlots(draft, event.workers ?? draft.state.settings.workers);
    case 'spawned': {
      const worker = draft.worker(event.worker);
      if (worker === undefined) return;
      worker.pid = event.pid;
      const name = worker.slot === NO_SLOT ? 'a spare' : `worker ${worker.slot}`;
      draft.log('info', 'worker-started', `${name} starts`, fieldsOf(worker));
      return draft.happened({ hook: 'onWorkerStart', about: aboutWorker(worker) });
    }
    case 'worker-ready':
      return onReady(draft, event.worker);
    case 'worker-hung':
      return onHung(draft, event);
    case 'worker-spent':
      return requestRecycle(draft, event.worker, event.because);
    case 'spare-loaded':
      return onSpareLoaded(draft, event.worker);
    case 'loop-ended':
      return onLoopEnded(draft, event.worker, event.thread);
    case 'loop-lost':
      return onLoopLost(draft, event.worker);
    case 'worker-exited':
      return onExit(draft, event);
    case 'ready-overdue':
      return onReadyOverdue(draft, event.worker);
    case 'drain-overdue':
      return onDrainOverdue(draft, event.worker);
    case 'backoff-over': {
      const slot = draft.slot(event.slot);
      if (slot?.backoffUntilMs == null) return;
      slot.backoffUntilMs = null;
      // The wait was for a successor of one that serves: recycling goes on.
      if (workersOf(draft.state, slot.slot).some(isActive)) return;
      slot.restarts += 1;
      return draft.spawn(event.slot);
    }
    case 'spare-backoff-over':
      draft.state.spareBackoffUntilMs = null;
      return;
    case 'reload':
      return requestReload(draft, event.request);
    case 'scale':
      return requestScale(draft, event.workers, event.request);
    case 'scale-by':
      return requestScaleBy(draft, event.workers, event.request);
    case 'resize':
      return resize(draft, event.workers, event.why, event.figures);
    case 'stop':
      return requestStop(draft, event.mode, event.request);
    default:
      return event satisfies never;
  }
}

function onReady(draft: Draft, id: number): void {
  const { state } = draft;
  const worker = draft.worker(id);
  if (worker?.state !== 'starting') return;
  if (worker.slot === NO_SLOT) return refuseSpares(draft, worker);
  worker.state = 'ready';
  worker.readyAtMs = draft.nowMs;
  draft.disarm(`ready:${id}`);
  const tookMs = Math.round(draft.nowMs - worker.startedAtMs);
  draft.log('info', 'worker-ready', `worker ${worker.slot} is ready`, { ...fieldsOf(worker), tookMs });
  draft.happened({ hook: 'onWorkerReady', about: { ...aboutWorker(worker), tookMs } });
  const lifetime = lifetimeMs(state.settings.limits, id);
  if (lifetime !== null) {
    const because = lifetimeReached(state.settings.limits);
    draft.arm(`lifetime:${id}`, lifetime, { type: 'worker-spent', worker: id, because });
  }
  const why = state.rollout?.active.includes(worker.slot) === true ? 'reload' : 'recycle';
  for (const other of workersOf(state, worker.slot)) {
    if (other.rank >= worker.rank || !isActive(other)) continue;
    if (why === 'recycle') state.recycles += 1;
    draft.retire(other, why);
  }
  if (!state.everReady) {
    state.everReady = true;
    // Slots that failed before anything was ready were held back until it was clear that the program can run.
    for (const slot of wantedSlots(state)) draft.restart(slot);
  }
}

function onExit(draft: Draft, event: Extract<SupervisorEvent, { type: 'worker-exited' }>): void {
  const { state } = draft;
  const worker = draft.worker(event.worker);
  if (worker === undefined) return;
  state.workers = state.workers.filter((other) => other !== worker);
  draft.disarm(`ready:${worker.id}`);
  draft.disarm(`graceful:${worker.id}`);
  draft.disarm(`lifetime:${worker.id}`);
  if (worker.endedThreads.length > 0) draft.disarm(`lost:${worker.id}`);
  const asked = worker.end !== null;
  const { code, signal, error } = event;
  const how =
    error === null
      ? (signal ?? (code === null ? 'exit status unknown' : `exit code ${code}`))
      : explainEarlyExit(event);
  const name = worker.slot === NO_SLOT ? 'a spare' : `worker ${worker.slot}`;
  draft.log(asked ? 'info' : 'warn', 'worker-exited', `${name} exited (${how}) while ${worker.state}`, {
    ...fieldsOf(worker),
    code,
    signal,
  });
  // Of what never was a process, no start was told.
  if (worker.pid !== null) {
    draft.happened({ hook: 'onWorkerExit', about: { ...aboutWorker(worker), code, signal, asked } });
  }
  if (worker.slot === NO_SLOT) return onSpareExit(draft, worker, event);
  const slot = draft.slot(worker.slot);
  if (slot === undefined) return;
  const reason = worker.end ?? 'crash';
  slot.exits[reason] = (slot.exits[reason] ?? 0) + 1;
  slot.lastExit = { pid: worker.pid, code, signal, during: worker.state, asked, why: worker.end, error };
  if (!slot.wanted) {
    if (workersOf(state, slot.slot).length === 0) draft.dropSlot(slot);
    return;
  }
  if (state.phase !== 'running') return;
  if (!asked && signal === 'SIGKILL' && worker.readyAtMs !== null) return onKilledFromOutside(draft, slot);
  if (!asked || worker.end === 'not-ready') onFailure(draft, worker, slot, explainEarlyExit(event));
  else draft.restart(slot);
}

/** No program ends itself by SIGKILL: an operator did, or the kernel for want of memory. It says nothing about the next worker. */
function onKilledFromOutside(draft: Draft, slot: SlotRecord): void {
  slot.failures = 0;
  draft.restart(slot);
}

function onFailure(draft: Draft, worker: WorkerRecord, slot: SlotRecord, because: string): void {
  const { state } = draft;
  const stable = worker.readyAtMs !== null && draft.nowMs - worker.readyAtMs >= STABLE_MS;
  slot.failures = stable ? 0 : slot.failures + 1;
  if (worker.readyAtMs === null) {
    const why =
      worker.end === 'not-ready'
        ? notReadyMessage(draft, worker)
        : `${nameOf(worker)} ended before it was ready: ${because}.`;
    failScale(draft, why);
    const serving = workersOf(state, slot.slot).some(isActive);
    const { rollout } = state;
    if (rollout?.active.includes(slot.slot) === true && worker.generation === rollout.generation) {
      abortRollout(draft, serving ? `${why} The previous worker still serves.` : why);
    }
    recycleFailed(draft, slot, why);
    if (!state.everReady) return giveUpWhenAllFailed(draft, worker, why);
  }
  draft.restart(slot);
}

function giveUpWhenAllFailed(draft: Draft, worker: WorkerRecord, why: string): void {
  const { state } = draft;
  if (state.workers.length > 0) return;
  state.phase = 'stopped';
  const code = worker.end === 'not-ready' ? 'ERR_WORKER_NOT_READY' : 'ERR_WORKER_EXITED';
  for (const slot of state.slots) draft.dropSlot(slot);
  draft.effects.push({ type: 'exit', code: 3, error: { code, message: `no worker got ready: ${why}` } });
}

function onHung(draft: Draft, { worker: id, because, stack }: Extract<SupervisorEvent, { type: 'worker-hung' }>): void {
  const worker = draft.worker(id);
  const slot = draft.slot(worker?.slot ?? -1);
  if (worker === undefined || slot === undefined || !(worker.state === 'ready' || worker.state === 'draining')) return;
  const drains = worker.state === 'draining';
  const fields = { ...fieldsOf(worker), code: 'ERR_WORKER_HUNG', stack };
  draft.log('error', 'worker-hung', `${nameOf(worker)} is killed: ${because}`, fields);
  draft.kill(worker, 'hung');
  // Its end was asked for already, and whatever follows from that.
  if (drains) return;
  // No back-off: the time-out keeps hangs in a row apart.
  slot.failures = 0;
  draft.restart(slot);
}

function onReadyOverdue(draft: Draft, id: number): void {
  const worker = draft.worker(id);
  if (worker?.state !== 'starting') return;
  draft.log('error', 'worker-not-ready', notReadyMessage(draft, worker), {
    ...fieldsOf(worker),
    code: 'ERR_WORKER_NOT_READY',
  });
  draft.kill(worker, 'not-ready');
}

function notReadyMessage(draft: Draft, worker: WorkerRecord): string {
  const seconds = draft.state.settings.readyTimeoutMs / 1000;
  return `${nameOf(worker)} sent no "ready" within ${seconds} s (readyTimeout): the script did not listen on anything. Give it longer with --ready-timeout.`;
}

function onDrainOverdue(draft: Draft, id: number): void {
  const worker = draft.worker(id);
  if (worker?.state !== 'draining') return;
  draft.log('warn', 'worker-killed', `${nameOf(worker)} did not end in time and is killed`, fieldsOf(worker));
  draft.kill(worker, worker.end ?? 'stop');
}

/** Says once that every worker serves. */
function announce(draft: Draft): void {
  const { state } = draft;
  if (state.announced || state.phase !== 'running') return;
  const ready = state.slots.filter((slot) => workersOf(state, slot.slot).some((worker) => worker.state === 'ready'));
  if (ready.length === 0 || ready.length < state.slots.length) return;
  state.announced = true;
  const count = ready.length === 1 ? '1 worker' : `${ready.length} workers`;
  draft.log('info', 'serving', count, { workers: ready.length });
}
