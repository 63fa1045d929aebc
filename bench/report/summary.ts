import type { Load } from '../loads.js';
import type { Contest } from '../contest.js';
import { mergeHistograms } from './histogram.js';
import { describeFailures, firstProcessShare, isClientSaturated } from './sample.js';
import type { Sample } from './sample.js';
import { median, pairedRatios, spread } from './statistics.js';
import type { Spread } from './statistics.js';

/** What the rounds of one rival under one load come to. */
export interface CellSummary {
  rival: string;
  title: string;
  load: Load['name'];
  rounds: number;
  requestsPerSecond: Spread;
  /** More than half of the rounds had a saturated client: the throughput is the client's, not the server's. */
  throughputVoid: boolean;
  /** Against the baseline, paired by round. */
  throughputRatio: Spread | undefined;
  serverCpuMicrosPerRequest: Spread;
  serverCpuRatio: Spread | undefined;
  firstProcessShare: Spread;
  /** Percentiles of all rounds' requests together; the spread of the rounds beside them. */
  p50Micros: number;
  p99Micros: number;
  p50MicrosByRound: Spread;
  p99MicrosByRound: Spread;
  /** Shares of the accepted connections, largest first, median of the rounds. */
  acceptShares: number[];
  clientCpuShare: Spread;
  failures: string;
}

function byRound(samples: readonly Sample[], figure: (sample: Sample) => number): Map<number, number> {
  return new Map(samples.map((sample) => [sample.round, figure(sample)]));
}

/** Workers have other pids in each round, so shares are compared by rank. */
function acceptShares(samples: readonly Sample[]): number[] {
  const shares = samples.map(({ connectionsByWorker }) => {
    const counts = Object.values(connectionsByWorker);
    const total = counts.reduce((sum, count) => sum + count, 0);
    return counts.map((count) => count / total).toSorted((left, right) => right - left);
  });
  const workers = Math.max(...shares.map(({ length }) => length));
  return Array.from({ length: workers }, (_, rank) => median(shares.map((share) => share[rank] ?? 0)));
}

const throughput = (sample: Sample): number => sample.requestsPerSecond;
const cpu = (sample: Sample): number => sample.serverCpuMicrosPerRequest;

function summarizeCell(
  samples: readonly Sample[],
  baseline: readonly Sample[],
  title: string,
): CellSummary | undefined {
  const [first] = samples;
  if (first === undefined) return undefined;
  const figure = (of: (sample: Sample) => number): Spread => spread(samples.map(of));
  const total = mergeHistograms(samples.map(({ latencyNs }) => latencyNs.total));
  const failures = { ...first.failures };
  for (const sample of samples.slice(1)) {
    for (const kind of Object.keys(failures) as (keyof typeof failures)[]) failures[kind] += sample.failures[kind];
  }
  return {
    rival: first.rival,
    title,
    load: first.load,
    rounds: samples.length,
    requestsPerSecond: figure(throughput),
    throughputVoid: samples.filter(isClientSaturated).length * 2 > samples.length,
    throughputRatio: pairedRatios(byRound(samples, throughput), byRound(baseline, throughput)),
    serverCpuMicrosPerRequest: figure(cpu),
    serverCpuRatio: pairedRatios(byRound(samples, cpu), byRound(baseline, cpu)),
    firstProcessShare: figure(firstProcessShare),
    p50Micros: total.p50Ns / 1_000,
    p99Micros: total.p99Ns / 1_000,
    p50MicrosByRound: figure(({ latencyNs }) => latencyNs.total.p50Ns / 1_000),
    p99MicrosByRound: figure(({ latencyNs }) => latencyNs.total.p99Ns / 1_000),
    acceptShares: acceptShares(samples),
    clientCpuShare: figure(({ clientCpuShare }) => clientCpuShare),
    failures: describeFailures(failures),
  };
}

/** Rivals in their usual order; those without a sample are left out. */
export function summarize(
  samples: readonly Sample[],
  load: Load['name'],
  { rivals, baseline: baselineName }: Pick<Contest, 'rivals' | 'baseline'>,
): CellSummary[] {
  const of = (name: string): Sample[] => samples.filter((sample) => sample.load === load && sample.rival === name);
  const baseline = of(baselineName);
  return rivals
    .map(({ name, title }) => summarizeCell(of(name), baseline, title))
    .filter((summary) => summary !== undefined);
}
