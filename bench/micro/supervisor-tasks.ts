import type { Bench } from 'tinybench';
import type { SupervisorEvent } from '../../src/supervisor/events.js';
import { NO_LIMITS } from '../../src/supervisor/limits.js';
import { initialState, MAX_SLOTS } from '../../src/supervisor/state.js';
import type { SupervisorState } from '../../src/supervisor/state.js';
import { transition } from '../../src/supervisor/transition.js';

const SECOND_MS = 1_000;

/** A supervisor whose workers all serve, reached by the events that lead there. */
function serving(workers: number): SupervisorState {
  let nowMs = 0;
  const timeouts = { readyTimeoutMs: 30 * SECOND_MS, gracefulTimeoutMs: 30 * SECOND_MS };
  let state = initialState({ workers, threads: 1, range: null, surge: 1, spares: 0, ...timeouts, limits: NO_LIMITS });
  const apply = (event: SupervisorEvent): void => void ({ state } = transition(state, event, ++nowMs));
  apply({ type: 'start' });
  for (const { id } of state.workers) {
    apply({ type: 'spawned', worker: id, pid: 10_000 + id });
    apply({ type: 'worker-ready', worker: id });
  }
  return state;
}

export function addSupervisorTasks(bench: Bench): void {
  for (const workers of [2, MAX_SLOTS]) {
    const state = serving(workers);
    const worker = state.workers[0]?.id ?? 0;
    const exited: SupervisorEvent = { type: 'worker-exited', worker, code: 1, signal: null, error: null };
    bench
      .add(`transition worker-exited, ${workers} workers`, () => void transition(state, exited, SECOND_MS))
      .add(`transition reload, ${workers} workers`, () => {
        transition(state, { type: 'reload', request: 'r' }, SECOND_MS);
      });
  }
}
