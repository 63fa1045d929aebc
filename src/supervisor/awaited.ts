import { type CustodyEntry, SHARED_SLOT } from './custody.js';
import { isActive, type SupervisorState } from './state.js';

/** Is somebody coming for a listener that nobody serves on: a worker that starts, or the next one of its slot. Pure. */
export function isAwaited({ workers, slots, phase }: SupervisorState, { slot }: Pick<CustodyEntry, 'slot'>): boolean {
  const present = slot === SHARED_SLOT ? workers : workers.filter((worker) => worker.slot === slot);
  if (present.some(({ state }) => state === 'starting')) return true;
  if (present.some(isActive) || phase !== 'running') return false;
  return slot === SHARED_SLOT || slots.some((record) => record.slot === slot && record.wanted);
}
