import type { LoadResult } from '../load/loadgen.js';

/** Requests that got no whole and right answer, of whatever kind. */
export function totalFailures({ failures }: Pick<LoadResult, 'failures'>): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}
