/** How many workers `auto` is. */

import { availableParallelism } from 'node:os';

/** Slots are 0 to 63: one bit each in a 64-bit word. */
export const MOST_WORKERS = 64;

/** A number stands for itself; `auto` is the number of processors that this process may use, at most 64. */
export function resolveWorkers(workers: number | 'auto', processors: number = availableParallelism()): number {
  return workers === 'auto' ? Math.min(Math.max(1, processors), MOST_WORKERS) : workers;
}
