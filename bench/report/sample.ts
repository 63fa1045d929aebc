import type { FailureKind, LoadResult } from '../load/loadgen.js';
import type { Load } from '../loads.js';
import type { ProcessCpu } from '../process-tree.js';
import type { Histogram } from './histogram.js';

/** One measurement: one rival under one load in one round. */
export interface Sample {
  round: number;
  rival: string;
  load: Load['name'];
  /** Place in the order of this round, from 0. */
  place: number;
  requestsPerSecond: number;
  /** Of all its processes, for each request; with a connection for each request also for each connection. */
  serverCpuMicrosPerRequest: number;
  /** The process that was started first comes first: a cluster's primary, or a master. */
  serverCpu: ProcessCpu[];
  completed: number;
  failures: LoadResult['failures'];
  /** By the pid in the response header. */
  connectionsByWorker: Record<string, number>;
  responsesByWorker: Record<string, number>;
  /** Of one core: the load generator has one thread. */
  clientCpuShare: number;
  /** Time that the generator was ready to run and had no core, of the time that the load took. */
  clientWaitShare: number;
  listenOverflows: number;
  stealShare: number;
  /** Processes appeared or went during the load, so some CPU time is missing. */
  processesChanged: boolean;
  responseDiffers: boolean;
  /** The warm-up had time for all its requests; else V8 was still compiling during the measurement. */
  warmedUp: boolean;
  latencyNs: { connect: Histogram; firstByte: Histogram; total: Histogram };
}

/** The share of a core from which a generator is the limit itself, and the throughput says nothing about the server. */
export const SATURATED_SHARE = 0.9;

export function isClientSaturated(sample: Sample): boolean {
  return sample.clientCpuShare >= SATURATED_SHARE;
}

export function failedRequests({ failures }: Pick<Sample, 'failures'>): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}

export function describeFailures(failures: Record<FailureKind, number>): string {
  const kinds = Object.entries(failures).filter(([, count]) => count > 0);
  return kinds.length === 0 ? '0' : kinds.map(([kind, count]) => `${count} ${kind}`).join(', ');
}

/** Share of the CPU time that went to the process started first. */
export function firstProcessShare({ serverCpu }: Sample): number {
  const total = serverCpu.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0);
  return total === 0 ? 0 : (serverCpu[0]?.cpuMicros ?? 0) / total;
}
