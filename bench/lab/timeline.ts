import type { LoadResult } from '../load/loadgen.js';
import type { Timeline } from '../steering/scenario.js';

type Marks = NonNullable<Timeline['marks']>;

export const P99_SERIES = 'p99 ms';
export const FAILED_SERIES = 'failed';
/** Of the connections of a step, those of the worker that had most. */
export const FULLEST_SERIES = 'fullest worker %';

function fullestShare(connectionsBy: Readonly<Record<string, number>>): number {
  const counts = Object.values(connectionsBy);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return total === 0 ? 0 : (Math.max(...counts) / total) * 100;
}

/** What a load tells of its steps, with what happened when. */
export function timelinesOf({ timeline }: LoadResult, marks: Marks): Record<string, Timeline> {
  const { stepMs, steps } = timeline;
  const series = (values: number[]): Timeline => ({ stepMs, values, marks });
  return {
    [P99_SERIES]: series(steps.map(({ p99Ns }) => p99Ns / 1e6)),
    [FAILED_SERIES]: series(steps.map(({ failed }) => failed)),
    [FULLEST_SERIES]: series(steps.map(({ connectionsBy }) => fullestShare(connectionsBy))),
  };
}
