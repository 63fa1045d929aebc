import type { LoadOptions, LoadResult } from '../load/loadgen.js';
import type { ClosedLoad } from '../closed-loop/closed-loop.js';
import { runClosedLoop } from '../closed-loop/run.js';
import type { ClosedLoopName, ClosedResult } from '../closed-loop/run.js';
import type { ClientLoad } from './sample.js';
import type { SteeringServer } from './steering-server.js';

export interface Throughput<Load> {
  ratePerSecond: number;
  /** Of all its processes, for each answer. */
  cpuMicros: number;
  load: Load;
}

const cpuOf = (server: SteeringServer): number =>
  server.process.tree().reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);

/** What a load costs the server. */
async function measureCost<Load extends ClientLoad>(
  server: SteeringServer,
  run: () => Promise<Load>,
  rateOf: (load: Load) => number,
): Promise<Throughput<Load>> {
  const before = cpuOf(server);
  const load = await run();
  const after = cpuOf(server);
  return { ratePerSecond: rateOf(load), cpuMicros: (after - before) / load.completed, load };
}

/** As much as it answers, and what that costs it. */
export function measureThroughput(
  server: SteeringServer,
  options: Omit<LoadOptions, 'target'>,
): Promise<Throughput<LoadResult>> {
  return measureCost(
    server,
    () => server.load(options),
    ({ completedInWindow, windowNs }) => (completedInWindow / windowNs) * 1e9,
  );
}

/** The same by a load generator of others. */
export function measureThroughputBy(
  server: SteeringServer,
  generator: ClosedLoopName,
  load: Omit<ClosedLoad, 'host' | 'port'>,
): Promise<Throughput<ClosedResult>> {
  const { host, port } = server.process.settings;
  return measureCost(
    server,
    () => runClosedLoop(generator, { ...load, host, port }),
    ({ ratePerSecond }) => ratePerSecond,
  );
}
