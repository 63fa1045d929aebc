import { groupBy } from '../report/group-by.js';
import { mergeHistograms } from '../report/histogram.js';
import type { Histogram } from '../report/histogram.js';
import { median, pairedRatios, spread } from '../report/statistics.js';
import type { Spread } from '../report/statistics.js';
import { addFailures } from './sample.js';
import type { SteeringSample } from './sample.js';
import type { Scenario } from './scenario.js';

type Percentiles = Record<'p50Ms' | 'p90Ms' | 'p99Ms' | 'p999Ms' | 'maxMs', number>;

/** What the rounds of one rival in one variant come to. */
export interface SteeringSummary {
  variant: string;
  rival: string;
  steer: string | null;
  rounds: number;
  /** Of all rounds' requests together. */
  latency: Percentiles | null;
  p99MsByRound: Spread | null;
  numbers: Record<string, Spread>;
  /** Against the scenario's rival, within a round. */
  ratios: Record<string, Spread>;
  completed: number;
  failures: SteeringSample['failures'];
  masterCpuShare: Spread;
  clientCpuShare: number;
  clientLagP99Ms: Spread;
  rescues: number;
  moved: number;
}

function percentilesOf(histogram: Histogram): Percentiles {
  const { p50Ns, p90Ns, p99Ns, p999Ns, maxNs } = histogram;
  return { p50Ms: p50Ns / 1e6, p90Ms: p90Ns / 1e6, p99Ms: p99Ns / 1e6, p999Ms: p999Ns / 1e6, maxMs: maxNs / 1e6 };
}

const numberByRound = (samples: readonly SteeringSample[], name: string): Map<number, number> =>
  new Map(samples.map(({ round, numbers }) => [round, numbers[name] ?? Number.NaN]));

function summarizeCell(
  samples: readonly SteeringSample[],
  baseline: readonly SteeringSample[],
  ratioNames: readonly string[],
): SteeringSummary | undefined {
  const [first] = samples;
  if (first === undefined) return undefined;
  const total = (of: (sample: SteeringSample) => number): number => samples.reduce((sum, one) => sum + of(one), 0);
  const histograms = samples.map(({ latency }) => latency).filter((latency) => latency !== null);
  const ratios = ratioNames.map(
    (name) => [name, pairedRatios(numberByRound(samples, name), numberByRound(baseline, name))] as const,
  );
  return {
    variant: first.variant,
    rival: first.rival,
    steer: first.steer?.used ?? null,
    rounds: samples.length,
    latency: histograms.length === 0 ? null : percentilesOf(mergeHistograms(histograms)),
    p99MsByRound: histograms.length === 0 ? null : spread(histograms.map(({ p99Ns }) => p99Ns / 1e6)),
    numbers: Object.fromEntries(
      Object.keys(first.numbers).map((name) => [name, spread([...numberByRound(samples, name).values()])]),
    ),
    ratios: Object.fromEntries(ratios.filter((ratio): ratio is [string, Spread] => ratio[1] !== undefined)),
    completed: total(({ completed }) => completed),
    failures: addFailures(samples.map(({ failures }) => failures)),
    masterCpuShare: spread(samples.map(({ masterCpuShare }) => masterCpuShare)),
    clientCpuShare: median(samples.map(({ clientCpuShare }) => clientCpuShare)),
    clientLagP99Ms: spread(samples.map(({ clientLagP99Ms }) => clientLagP99Ms)),
    rescues: total(({ rescues }) => rescues),
    moved: total(({ moved }) => moved),
  };
}

/** Variants in the order of their first samples, rivals in that of `rivals`. */
export function summarizeScenario(
  scenario: Pick<Scenario, 'ratios'>,
  rivals: readonly string[],
  samples: readonly SteeringSample[],
): SteeringSummary[] {
  return [...groupBy(samples, ({ variant }) => variant).values()].flatMap((group) => {
    const of = (rival: string): SteeringSample[] => group.filter((sample) => sample.rival === rival);
    const baseline = of(scenario.ratios?.against ?? '');
    return rivals
      .map((rival) => summarizeCell(of(rival), baseline, scenario.ratios?.of ?? []))
      .filter((summary) => summary !== undefined);
  });
}
