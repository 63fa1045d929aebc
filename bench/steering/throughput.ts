import type { LoadOptions, LoadResult } from '../load/loadgen.js';
import type { SteeringServer } from './steering-server.js';

export interface Throughput {
  ratePerSecond: number;
  /** Of all its processes, for each answer. */
  cpuMicros: number;
  load: LoadResult;
}

const cpuOf = (server: SteeringServer): number =>
  server.process.tree().reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);

/** As much as it answers, and what that costs it. */
export async function measureThroughput(
  server: SteeringServer,
  options: Omit<LoadOptions, 'target'>,
): Promise<Throughput> {
  const before = cpuOf(server);
  const load = await server.load(options);
  const after = cpuOf(server);
  return {
    ratePerSecond: (load.completedInWindow / load.windowNs) * 1e9,
    cpuMicros: (after - before) / load.completed,
    load,
  };
}
