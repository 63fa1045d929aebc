import { runLoad } from '../load/loadgen.js';
import type { LoadResult } from '../load/loadgen.js';
import type { Load } from '../loads.js';
import { cpuBetween } from '../process-tree.js';
import type { ProcessStat } from '../process-tree.js';
import type { Sample } from '../report/sample.js';
import type { ServerProcess } from '../server-process.js';
import { systemCounters } from '../system.js';
import type { SystemCounters } from '../system.js';

/** V8 compiles by calls, not by time: after so many connections the CPU for each is near what it stays at. */
const WARMUP_REQUESTS_PER_WORKER = 2_500;

interface Reading {
  processes: ProcessStat[];
  system: SystemCounters;
}

function read(server: ServerProcess): Reading {
  return { processes: server.tree(), system: systemCounters() };
}

export interface CellPlace {
  round: number;
  rival: string;
  place: number;
  responseDiffers: boolean;
}

function sampleOf(
  place: CellPlace,
  load: Load,
  result: LoadResult,
  before: Reading,
  after: Reading,
): Omit<Sample, 'warmedUp'> {
  const serverCpu = cpuBetween(before.processes, after.processes);
  const cpuMicros = serverCpu.reduce((sum, process) => sum + process.cpuMicros, 0);
  const cpuTicks = after.system.cpu.total - before.system.cpu.total;
  const pids = (reading: Reading): string =>
    reading.processes
      .map(({ pid }) => pid)
      .toSorted((left, right) => left - right)
      .join();
  return {
    ...place,
    load: load.name,
    requestsPerSecond: (result.completedInWindow / result.windowNs) * 1e9,
    serverCpuMicrosPerRequest: cpuMicros / result.completed,
    serverCpu,
    completed: result.completed,
    failures: result.failures,
    connectionsByWorker: result.connectionsBy,
    responsesByWorker: result.responsesBy,
    clientCpuShare: (result.cpu.userNs + result.cpu.systemNs) / result.elapsedNs,
    clientWaitShare: result.cpu.waitNs / result.elapsedNs,
    listenOverflows: after.system.listenOverflows - before.system.listenOverflows,
    stealShare: cpuTicks === 0 ? 0 : (after.system.cpu.steal - before.system.cpu.steal) / cpuTicks,
    processesChanged: pids(before) !== pids(after),
    latencyNs: { connect: result.latency.connect, firstByte: result.latency.firstByte, total: result.latency.total },
  };
}

export interface CellTimes {
  /** At most. */
  warmupMs: number;
  durationMs: number;
}

/** Warms the server up under the load, then measures it. Throws when nothing at all was answered. */
export async function measureCell(
  server: ServerProcess,
  load: Load,
  place: CellPlace,
  times: CellTimes,
): Promise<Sample> {
  const { host, port } = server.settings;
  const { connections, requestsPerConnection } = load;
  const common = { target: `${host}:${port}`, connections, requestsPerConnection };
  const count = WARMUP_REQUESTS_PER_WORKER * server.settings.workers;
  const warmup = await runLoad({ ...common, count, durationMs: times.warmupMs });
  const before = read(server);
  const result = await runLoad({ ...common, durationMs: times.durationMs });
  const after = read(server);
  if (result.completedInWindow === 0) {
    throw new Error(`${place.rival}/${load.name}: no request was answered: ${JSON.stringify(result.failures)}`);
  }
  return { ...sampleOf(place, load, result, before, after), warmedUp: warmup.completed >= count };
}
