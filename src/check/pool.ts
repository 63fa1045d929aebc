/** Pools of threads or processes for work beside requests: each worker has its own, so their sizes multiply. */

/** More than libuv ever starts, and than anybody wants. */
export const LARGEST_POOL = 1024;

export interface Pool {
  /** Threads or processes of each worker. */
  size: number;
  from: '--pool' | 'UV_THREADPOOL_SIZE';
}

export interface PoolPlan {
  workers: number;
  pool: Pool;
  /** Processors that there is time for; 1.5 under a limit of a control group. */
  processors: number;
}

/** What was asked about, else libuv's own pool where its size was set; null: nobody said, and libuv's 4 threads mostly wait. */
export function poolOf(asked: number | undefined, env: Readonly<Record<string, string | undefined>>): Pool | null {
  if (asked !== undefined) return { size: asked, from: '--pool' };
  const text = env['UV_THREADPOOL_SIZE'];
  if (text === undefined) return null;
  // As libuv reads it: what is no number, or 0, is one thread.
  const size = Math.min(Math.max(1, Number.parseInt(text, 10) || 1), LARGEST_POOL);
  return { size, from: 'UV_THREADPOOL_SIZE' };
}

function some(count: number, word: string): string {
  return `${Number(count.toFixed(2))} ${word}${count === 1 ? '' : 's'}`;
}

/** `2 workers × 4 (--pool) = 8 on 2 processors` */
export function showPlan({ workers, pool, processors }: PoolPlan): string {
  const total = workers * pool.size;
  return `${some(workers, 'worker')} × ${pool.size} (${pool.from}) = ${total} on ${some(processors, 'processor')}`;
}

/** Why that is too many, and what mends it; null where it is not. */
export function poolTrouble(plan: PoolPlan): { meaning: string; mend: string[] } | null {
  const { workers, pool, processors } = plan;
  if (workers * pool.size <= processors) return null;
  const meaning =
    'When all of them compute, they and the event loops take the processors from each other, and requests wait for their ' +
    'turn. Those that only wait, for a disk or another machine, do not count.';
  const fewerEach = Math.floor(processors / workers);
  const fewerWorkers = Math.floor(processors / pool.size);
  return {
    meaning,
    mend: [
      ...(fewerEach >= 1 ? [`a pool of ${fewerEach} in each worker`] : []),
      ...(fewerWorkers >= 1 ? [`--workers ${fewerWorkers}`] : []),
      ...(fewerEach < 1 && fewerWorkers < 1 ? ['a pool of 1 in each worker, and fewer workers than processors'] : []),
    ],
  };
}
