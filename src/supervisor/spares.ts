/** Spares: workers that have loaded the program and wait, in their first `listen`, for a slot that needs one. */
import type { SupervisorEvent } from './events.js';
import { type Draft, fieldsOf } from './draft.js';
import { explainEarlyExit } from './exit-reason.js';
import { backoffMs, CRASH_LOOP_FAILURES, NO_SLOT, STABLE_MS, type WorkerRecord } from './state.js';

/** Its first `listen` has arrived, and waits. */
export function onSpareLoaded(draft: Draft, id: number): void {
  const worker = draft.worker(id);
  if (worker?.state !== 'starting' || worker.slot !== NO_SLOT) return;
  worker.state = 'spare';
  worker.readyAtMs = draft.nowMs;
  draft.disarm(`ready:${id}`);
  const tookMs = Math.round(draft.nowMs - worker.startedAtMs);
  draft.log('info', 'spare-ready', 'a spare has loaded the program', { ...fieldsOf(worker), tookMs });
}

/** It would serve already: such a program cannot be kept waiting. */
export function refuseSpares(draft: Draft, worker: WorkerRecord): void {
  draft.state.settings.spares = 0;
  const message = 'spares are off: the program says that it is ready before it listens on a TCP port or a path';
  draft.log('warn', 'spares-off', message, fieldsOf(worker));
  for (const spare of draft.state.workers.filter(({ slot }) => slot === NO_SLOT)) draft.kill(spare, 'stop');
}

/** Starts and ends spares until there are as many as there should be: called after every event. */
export function advanceSpares(draft: Draft): void {
  const { state } = draft;
  if (state.phase !== 'running' || !state.announced || state.rollout !== null) return;
  if (state.spareBackoffUntilMs !== null) return;
  // The slots come first: the start of a process would take the processor from the spare that has just got one.
  if (state.workers.some(({ slot, state: now }) => slot !== NO_SLOT && now === 'starting')) return;
  const present = state.workers.filter(({ slot }) => slot === NO_SLOT).length;
  for (let count = present; count < state.settings.spares; count += 1) draft.start(NO_SLOT);
}

/** After a rollout: what loaded the former program is of no use. */
export function dropStaleSpares(draft: Draft): void {
  const { generation, workers } = draft.state;
  for (const worker of workers) {
    if (worker.slot === NO_SLOT && worker.generation < generation) draft.kill(worker, 'reload');
  }
}

export function onSpareExit(
  draft: Draft,
  worker: WorkerRecord,
  event: Extract<SupervisorEvent, { type: 'worker-exited' }>,
): void {
  const { state } = draft;
  if (state.phase !== 'running' || (worker.end !== null && worker.end !== 'not-ready')) return;
  const isStable = worker.readyAtMs !== null && draft.nowMs - worker.readyAtMs >= STABLE_MS;
  state.spareFailures = isStable ? 0 : state.spareFailures + 1;
  const waitMs = backoffMs(state.spareFailures);
  if (waitMs === 0) return;
  state.spareBackoffUntilMs = draft.nowMs + waitMs;
  draft.arm('spare-backoff', waitMs, { type: 'spare-backoff-over' });
  const isLoop = state.spareFailures >= CRASH_LOOP_FAILURES;
  const message = `a spare ended: ${explainEarlyExit(event)}. The next starts in ${waitMs} ms`;
  draft.log(isLoop ? 'error' : 'warn', 'spare-backoff', message, { failures: state.spareFailures, waitMs });
}
