import type { LoadResult } from '../load/loadgen.js';
import type { Timeline } from '../steering/scenario.js';

type Marks = NonNullable<Timeline['marks']>;

export const P99_SERIES = 'p99 ms';
export const FAILED_SERIES = 'failed';
/** Of the connections of a step, those of one worker; with its number, in the order in which workers came to serve. */
export const WORKER_SERIES = 'connections of worker ';

function workersOf(steps: LoadResult['timeline']['steps']): string[] {
  return [...new Set(steps.flatMap(({ connectionsBy }) => Object.keys(connectionsBy)))];
}

/** What a load tells of its steps, with what happened when. */
export function timelinesOf({ timeline }: LoadResult, marks: Marks): Record<string, Timeline> {
  const { stepMs, steps } = timeline;
  const series = (values: number[]): Timeline => ({ stepMs, values, marks });
  const byWorker = workersOf(steps).map((worker, index): [string, Timeline] => [
    `${WORKER_SERIES}${index + 1}`,
    series(steps.map(({ connectionsBy }) => connectionsBy[worker] ?? 0)),
  ]);
  return {
    ...Object.fromEntries(byWorker),
    [P99_SERIES]: series(steps.map(({ p99Ns }) => p99Ns / 1e6)),
    [FAILED_SERIES]: series(steps.map(({ failed }) => failed)),
  };
}
