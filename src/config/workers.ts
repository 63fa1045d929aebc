/** How many workers there are: a number, `auto`, or a range in which the load decides. */
import { type Processors, processorTime } from './processors.js';

/** Slots are 0 to 63: one bit each in a 64-bit word. */
export const MOST_WORKERS = 64;

/** A number, or as many as `auto` is here. */
export type WorkerCount = number | 'auto';

export interface WorkerRange<Count = WorkerCount> {
  readonly min: Count;
  readonly max: Count;
}

export type Workers = WorkerCount | WorkerRange;

export function isRange(workers: Workers): workers is WorkerRange {
  return typeof workers === 'object';
}

export function formatWorkers(workers: Workers): string {
  return isRange(workers) ? `${workers.min}..${workers.max}` : String(workers);
}

/** Of a text with two dots in it. A string says what is wrong with it. */
export function parseRange(text: string): WorkerRange | string {
  const ends = text.split('..');
  const [min, max] = ends.map((end) => countIn(end));
  if (ends.length !== 2) return 'a range has two ends';
  if (ends[0] === '' && max !== undefined) return `write 1..${max}`;
  if (ends[1] === '' && min !== undefined) return `write ${min}..auto`;
  if (min === undefined || max === undefined) return `each end is an integer from 1 to ${MOST_WORKERS} or auto`;
  if (typeof min === 'number' && typeof max === 'number' && min > max) return `write ${max}..${min}`;
  return { min, max };
}

function countIn(text: string): WorkerCount | undefined {
  if (text === 'auto') return text;
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= MOST_WORKERS ? count : undefined;
}

/**
 * A number stands for itself. `auto` is an event loop for each processor that may be used, and no more than a limit of the
 * control groups leaves time for, rounded up: 1.5 processors are two workers, of which one is busy half the time.
 *
 * @param threads event loops of each worker
 */
export function resolveCount(count: WorkerCount, processors: Processors, threads = 1): number {
  if (count !== 'auto') return count;
  return Math.min(Math.max(1, Math.ceil(processorTime(processors) / threads)), mostWorkers(threads));
}

export function mostWorkers(threads: number): number {
  return Math.floor(MOST_WORKERS / threads);
}

/** A number is the range of itself. An `auto` that would empty the range is as its other end: `4..auto` is 4..4 on two processors. */
export function resolveWorkers(workers: Workers, processors: Processors, threads = 1): WorkerRange<number> {
  const { min, max } = isRange(workers) ? workers : { min: workers, max: workers };
  const [least, most] = [resolveCount(min, processors, threads), resolveCount(max, processors, threads)];
  return max === 'auto' ? { min: least, max: Math.max(least, most) } : { min: Math.min(least, most), max: most };
}

/** More event loops than there are slots; null: there are enough. */
export function tooManyLoops(workers: Workers, threads: number): string | null {
  const counts = isRange(workers) ? [workers.min, workers.max] : [workers];
  const most = Math.max(...counts.map((count) => (count === 'auto' ? 1 : count)));
  if (most * threads <= MOST_WORKERS) return null;
  return `${most} workers of ${threads} threads are ${most * threads} event loops: a service has ${MOST_WORKERS} at the most`;
}

/** Why `auto` is fewer than there are processors; null when it is not. */
export function whyFewer(workers: number, { allowed, quota }: Processors, threads: number): string | null {
  if (quota === null || workers * threads >= allowed.length) return null;
  return `${allowed.length} processors may be used, but the control group has time for ${Number(quota.toFixed(2))} only`;
}
