/** How many workers `auto` is. */
import type { Processors } from './processors.js';

/** Slots are 0 to 63: one bit each in a 64-bit word. */
export const MOST_WORKERS = 64;

/**
 * A number stands for itself. `auto` is one for each processor that may be used, and no more than a limit of the control
 * groups leaves time for, rounded up: 1.5 processors are two workers, of which one is busy half the time.
 */
export function resolveWorkers(workers: number | 'auto', { allowed, quota }: Processors): number {
  if (workers !== 'auto') return workers;
  const usable = Math.min(allowed.length, Math.ceil(quota ?? allowed.length));
  return Math.min(Math.max(1, usable), MOST_WORKERS);
}

/** Why `auto` is fewer than there are processors; null when it is not. */
export function whyFewer(workers: number, { allowed, quota }: Processors): string | null {
  if (quota === null || workers >= allowed.length) return null;
  return `${allowed.length} processors may be used, but the control group has time for ${Number(quota.toFixed(2))} only`;
}
