import { setTimeout as delay } from 'node:timers/promises';
import type { LoadOptions } from '../load/loadgen.js';
import type { Measurement, Timeline } from '../steering/scenario.js';
import type { SteeringServer } from '../steering/steering-server.js';
import { timelinesOf } from './timeline.js';

/** Longer than anything that is done here; the load ends when that is done. */
const MOST_MS = 60_000;
const BEFORE_MS = 500;
const STEP_MS = 50;
const MOST_CONNECTIONS = 4_096;

export interface UnderLoad {
  ratePerSecond: number;
  path: string;
  /** How long the load goes on when all is done. */
  afterMs: number;
}

/** Does something while new connections come by the clock; `mark` notes when something happens. */
export async function underLoad(
  server: SteeringServer,
  { afterMs, ...options }: UnderLoad,
  act: (mark: (what: string) => void) => Promise<void>,
): Promise<Measurement> {
  const common: Omit<LoadOptions, 'target'> = {
    connections: MOST_CONNECTIONS,
    durationMs: MOST_MS,
    timelineMs: STEP_MS,
  };
  const load = server.startLoad({ ...common, ...options });
  // Awaited below; a rejection in between must not be nobody's.
  load.result.catch(() => {});
  const beganAtMs = await load.beganAtMs;
  const marks: NonNullable<Timeline['marks']> = [];
  try {
    await delay(BEFORE_MS);
    await act((what) => marks.push({ atMs: performance.now() - beganAtMs, what }));
    await delay(afterMs);
  } finally {
    load.end();
  }
  const result = await load.result;
  const failed = Object.values(result.failures).reduce((sum, count) => sum + count, 0);
  return { latency: result.latency.total, numbers: { failed }, loads: [result], timelines: timelinesOf(result, marks) };
}
