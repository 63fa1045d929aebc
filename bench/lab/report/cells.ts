/** What the samples of a scenario come to, for each rival in each variant. */
import type { Failures } from '../../load/loadgen.js';
import { estimate, pairedRatioEstimate } from '../../report/bootstrap.js';
import type { Estimate } from '../../report/bootstrap.js';
import { groupBy } from '../../report/group-by.js';
import { mergeHistograms } from '../../report/histogram.js';
import type { Histogram } from '../../report/histogram.js';
import { median } from '../../report/statistics.js';
import { addFailures } from '../../steering/sample.js';
import type { LabMetric, LabRival, LabSample, LabScenarioResult } from '../result.js';

export interface Cell {
  variant: string;
  x: number | undefined;
  rival: LabRival;
  rounds: number;
  /** Of all rounds together; null where no request was timed. */
  latency: Histogram | null;
  /** By the key of the metric; a metric without a figure here is left out. */
  estimates: ReadonlyMap<string, Estimate>;
  /** Against the baseline, paired by round; none for the baseline itself. */
  ratios: ReadonlyMap<string, Estimate>;
  completed: number;
  failures: Failures;
  clientCpuShare: number;
  /** Share of each worker, largest first, median of the rounds; empty where it was not counted. */
  workerShares: readonly number[];
  samples: readonly LabSample[];
}

export const valuesOf = (samples: readonly LabSample[], key: string): Map<number, number> =>
  new Map(
    samples.flatMap(({ round, numbers }) => {
      const value = numbers[key];
      return value === undefined || !Number.isFinite(value) ? [] : [[round, value] as const];
    }),
  );

/** Workers are others in each round, so shares are compared by rank. */
function workerShares(samples: readonly LabSample[]): number[] {
  const shares = samples
    .map(({ byWorker = [] }) => ({ byWorker, total: byWorker.reduce((sum, count) => sum + count, 0) }))
    .filter(({ total }) => total > 0)
    .map(({ byWorker, total }) => byWorker.map((count) => count / total).toSorted((left, right) => right - left));
  const workers = Math.max(0, ...shares.map(({ length }) => length));
  return Array.from({ length: workers }, (_, rank) => median(shares.map((share) => share[rank] ?? 0)));
}

function cellOf(
  rival: LabRival,
  samples: readonly LabSample[],
  baseline: readonly LabSample[],
  metrics: readonly LabMetric[],
): Cell {
  const histograms = samples.map(({ latency }) => latency).filter((latency) => latency !== null);
  const estimates = new Map<string, Estimate>();
  const ratios = new Map<string, Estimate>();
  for (const { key } of metrics) {
    const values = valuesOf(samples, key);
    if (values.size > 0) estimates.set(key, estimate([...values.values()]));
    const ratio = samples === baseline ? undefined : pairedRatioEstimate(values, valuesOf(baseline, key));
    if (ratio !== undefined) ratios.set(key, ratio);
  }
  return {
    variant: samples[0]?.variant ?? '',
    x: samples[0]?.x,
    rival,
    rounds: new Set(samples.map(({ round }) => round)).size,
    latency: histograms.length === 0 ? null : mergeHistograms(histograms),
    estimates,
    ratios,
    completed: samples.reduce((sum, { completed }) => sum + completed, 0),
    failures: addFailures(samples.map(({ failures }) => failures)),
    clientCpuShare: median(samples.map(({ clientCpuShare }) => clientCpuShare)),
    workerShares: workerShares(samples),
    samples,
  };
}

/** A rival that the list does not name keeps its short name. */
export const rivalNamed = (rivals: readonly LabRival[], name: string): LabRival =>
  rivals.find((rival) => rival.name === name) ?? { name, title: name, family: 'rival' };

/** Variants in the order of their first samples, rivals in that of the list, strangers to it last. */
export function cellsOf(rivals: readonly LabRival[], scenario: LabScenarioResult): Cell[] {
  const place = ({ rival }: Cell): number => rivals.findIndex(({ name }) => name === rival.name) + 1 || Infinity;
  return [...groupBy(scenario.samples, ({ variant }) => variant).values()].flatMap((ofVariant) => {
    const byRival = groupBy(ofVariant, ({ rival }) => rival);
    const baseline = byRival.get(scenario.baseline ?? '') ?? [];
    return [...byRival]
      .map(([name, samples]) => cellOf(rivalNamed(rivals, name), samples, baseline, scenario.metrics))
      .toSorted((left, right) => Math.sign(place(left) - place(right)) || 0);
  });
}

/** Best first; those without the figure last. Where neither is better, the largest first. */
export function sortByMetric(cells: readonly Cell[], { key, better }: Pick<LabMetric, 'key' | 'better'>): Cell[] {
  const direction = better === 'less' ? 1 : -1;
  const worth = (cell: Cell): number => direction * (cell.estimates.get(key)?.median ?? direction * Infinity);
  return cells.toSorted((left, right) => Math.sign(worth(left) - worth(right)) || 0);
}
