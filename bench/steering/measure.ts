import { cpuBetween } from '../process-tree.js';
import { parseCpuTicks, parseNetstat, readText } from '../system.js';
import { clientFigures } from './sample.js';
import type { SteeringSample } from './sample.js';
import type { Variant } from './scenario.js';
import type { SteeringServer } from './steering-server.js';

export type SamplePlace = Pick<SteeringSample, 'scenario' | 'round' | 'place'>;

const WARMUP_CONNECTIONS = 16;
const WARMUP_MOST_MS = 2_000;

/** V8 compiles by calls, not by time. */
export async function warmUp(server: SteeringServer, requestsPerWorker: number, path = '/'): Promise<void> {
  const count = requestsPerWorker * server.workers;
  await server.load({ path, count, durationMs: WARMUP_MOST_MS, connections: WARMUP_CONNECTIONS });
}

function read(server: SteeringServer) {
  return {
    atNs: process.hrtime.bigint(),
    tree: server.process.tree(),
    masterNs: server.rootCpuNs(),
    cpu: parseCpuTicks(readText('/proc/stat') ?? ''),
    // Of the server's network namespace, which may not be ours.
    netstat: readText(`/proc/${server.process.rootPid}/net/netstat`) ?? '',
  };
}

const overflows = (netstat: string): number => parseNetstat(netstat, 'TcpExt', 'ListenOverflows');

/** Measures a variant once, with what it cost the master, the server and the client. */
export async function measureVariant(
  server: SteeringServer,
  variant: Variant,
  place: SamplePlace,
): Promise<SteeringSample> {
  const statusBefore = await server.status();
  const before = read(server);
  const { loads, ...figures } = await variant.measure(server);
  const after = read(server);
  const status = await server.status();
  const elapsedNs = Number(after.atNs - before.atNs);
  const ticks = after.cpu.total - before.cpu.total;
  const counted = (name: 'rescues' | 'stolen' | 'migrated'): number =>
    (status?.counters[name] ?? 0) - (statusBefore?.counters[name] ?? 0);
  return {
    ...place,
    variant: variant.name,
    ...(variant.x === undefined ? {} : { x: variant.x }),
    rival: server.rival.name,
    steer: status?.steer ?? null,
    ...figures,
    ...clientFigures(loads, elapsedNs),
    elapsedNs,
    masterCpuShare: (after.masterNs - before.masterNs) / elapsedNs,
    serverCpuMicros: cpuBetween(before.tree, after.tree).reduce((sum, { cpuMicros }) => sum + cpuMicros, 0),
    rescues: counted('rescues'),
    moved: counted('stolen') + counted('migrated'),
    listenOverflows: overflows(after.netstat) - overflows(before.netstat),
    stealShare: ticks === 0 ? 0 : (after.cpu.steal - before.cpu.steal) / ticks,
  };
}
