import type { Witness } from '../lab/facts.js';
import { failureKinds } from '../load/loadgen.js';
import type { Failures, LoadResult } from '../load/loadgen.js';
import type { Histogram } from '../report/histogram.js';
import type { Timeline } from './scenario.js';

/** One measurement: one rival in one variant of a scenario in one round. */
export interface SteeringSample {
  scenario: string;
  variant: string;
  x?: number;
  round: number;
  rival: string;
  /** Place in the order of this round, from 0. */
  place: number;
  /** What the master says that it steers by; null for a rival without a master of ours. */
  steer: { asked: string; used: string; why: string } | null;
  latency: Histogram | null;
  numbers: Record<string, number>;
  completed: number;
  failures: Failures;
  elapsedNs: number;
  /** Of one core: the CPU of all its load generators. */
  clientCpuShare: number;
  clientLagP99Ms: number;
  clientSaturated: boolean;
  /** CPU of the process that was started first, of one core. */
  masterCpuShare: number;
  /** Of all processes of the server. */
  serverCpuMicros: number;
  rescues: number;
  /** Connections that were taken from the queue of a stuck worker, in either way. */
  moved: number;
  listenOverflows: number;
  stealShare: number;
  timelines?: Record<string, Timeline>;
  byWorker?: number[];
}

/** Only a master of ours has promised to use next to nothing. */
export function witnessOf(sample: SteeringSample): Witness {
  const { masterCpuShare, ...witness } = sample;
  return sample.steer === null ? witness : { ...witness, masterCpuShare };
}

/** The share of what it can use from which a generator is itself the limit. */
const SATURATED_SHARE = 0.9;

/** What a load says about its client. */
export type ClientLoad = Pick<LoadResult, 'mode' | 'completed' | 'failures' | 'elapsedNs'> & {
  cpu: Pick<LoadResult['cpu'], 'userNs' | 'systemNs'>;
  /** That can compute at the same time; 1 when left out. */
  threads?: number;
  /** How late it was; only an open loop can be. */
  latency?: { lag: Pick<Histogram, 'count' | 'p99Ns'> };
};

const lagP99Ms = ({ latency }: ClientLoad): number =>
  // A few slow requests beside the load that counts have no percentile worth the name.
  latency === undefined || latency.lag.count < 100 ? 0 : latency.lag.p99Ns / 1e6;

const cpuShare = ({ cpu, elapsedNs }: ClientLoad): number => (cpu.userNs + cpu.systemNs) / elapsedNs;

export function addFailures(all: readonly Failures[]): Failures {
  const sum = Object.fromEntries(failureKinds.map((kind) => [kind, 0])) as Failures;
  for (const failures of all) for (const kind of failureKinds) sum[kind] += failures[kind];
  return sum;
}

/** What all loads of a measurement say about the client together. */
export function clientFigures(loads: readonly ClientLoad[], elapsedNs: number) {
  const cpuNs = loads.reduce((sum, { cpu }) => sum + cpu.userNs + cpu.systemNs, 0);
  return {
    completed: loads.reduce((sum, { completed }) => sum + completed, 0),
    failures: addFailures(loads.map(({ failures }) => failures)),
    clientCpuShare: cpuNs / elapsedNs,
    clientLagP99Ms: Math.max(0, ...loads.map(lagP99Ms)),
    clientSaturated: loads.some(
      (load) => load.mode === 'closed' && cpuShare(load) >= SATURATED_SHARE * (load.threads ?? 1),
    ),
  };
}

/** Jain's index of fairness: 1 when all are equal, 1/n when one has everything. */
export function jainIndex(values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const squares = values.reduce((total, value) => total + value * value, 0);
  return squares === 0 ? Number.NaN : (sum * sum) / (values.length * squares);
}

/** How often each word comes. */
export function tallyOf(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** Counts of all workers, largest first; one that had nothing is not in the answers and counts as 0. */
export function countsOf(byWorker: Readonly<Record<string, number>>, workers: number): number[] {
  const counts = Object.values(byWorker).toSorted((left, right) => right - left);
  return [...counts, ...Array.from({ length: Math.max(0, workers - counts.length) }, () => 0)];
}
