import { median } from '../report/statistics.js';
import type { SteeringServer } from './steering-server.js';

export interface Work {
  burnUs: number;
  /** 1 opens a connection for each request. */
  requestsPerConnection: number;
}

const MEASURE_MS = 1_000;
/** What else runs on the machine for a moment falls out of a median. */
const TIMES = 3;
const CONNECTIONS = 32;

/** Requests per second in a closed loop: with the load generator on the same cores, as in the scenario itself. */
export async function measureCapacity(
  server: SteeringServer,
  work: Work,
  durationMs: number = MEASURE_MS,
): Promise<number> {
  const rates: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    const load = await server.load({
      path: `/burn?us=${work.burnUs}`,
      requestsPerConnection: work.requestsPerConnection,
      durationMs,
      connections: CONNECTIONS,
    });
    rates.push((load.completedInWindow / load.windowNs) * 1e9);
  }
  const capacity = median(rates);
  if (capacity === 0) throw new Error('capacity: no request was answered');
  return capacity;
}
