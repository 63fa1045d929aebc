import type { StatePage } from '../state/page.js';
import { MAX_ROWS } from '../state/layout.js';
import { type SupervisorState, workersOf } from './state.js';

/** Brings the slots' flags on the page up to the supervisor's state; returns whether any has changed. */
export function publishSlots(page: Pick<StatePage, 'flags' | 'setFlag'>, state: SupervisorState): boolean {
  let changed = false;
  for (let slot = 0; slot < MAX_ROWS; slot += 1) {
    const present = new Set(workersOf(state, slot).map((worker) => worker.state));
    const record = state.slots.find((candidate) => candidate.slot === slot);
    const ready = present.has('ready');
    // While it drains its loop is still watched: what comes into its queue until the end must not wait.
    const serves = ready || present.has('draining');
    const before = page.flags(slot);
    for (const [flag, on] of [
      ['ready', serves],
      ['draining', record?.wanted === false || (serves && !ready)],
      ['down', record !== undefined && !serves],
    ] as const) {
      if (before.includes(flag) === on) continue;
      page.setFlag(slot, flag, on);
      changed = true;
    }
  }
  return changed;
}
