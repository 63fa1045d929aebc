/** What two or more runs say about the same rivals in the same scenarios: pure. */
import { differenceInterval, estimate } from '../../../report/bootstrap.js';
import type { Estimate, Interval } from '../../../report/bootstrap.js';
import type { LabMetric, LabResult, LabScenarioResult } from '../../result.js';
import { cellsOf, valuesOf } from '../cells.js';
import type { Cell } from '../cells.js';

/** Three against three come out apart once in ten times by chance alone, four against four once in thirty-five. */
const ROUNDS_TO_COMPARE = 4;

export type Judgement = 'better' | 'worse' | 'other' | 'no difference' | 'too few rounds';

export interface Difference {
  /** In the unit of the metric. */
  change: number;
  interval: Interval;
  /** Of the first run's median; null when that is 0. */
  relative: { change: number; interval: Interval } | null;
  judgement: Judgement;
}

export interface ComparedCell {
  variant: string;
  rival: string;
  title: string;
  metric: LabMetric;
  /** One for each run, in their order; null where a run has no figure. */
  figures: (Estimate | null)[];
  /** Of each further run to the first; null where one of the two has no figure. */
  differences: (Difference | null)[];
}

export interface ComparedScenario {
  name: string;
  title: string;
  question: string;
  cells: ComparedCell[];
  /** Numbers of the runs that do not have it, from 0. */
  missingIn: number[];
}

function judge(interval: Interval, rounds: number, better: LabMetric['better']): Judgement {
  if (rounds < ROUNDS_TO_COMPARE) return 'too few rounds';
  if (interval.low <= 0 && interval.high >= 0) return 'no difference';
  if (better === 'neither') return 'other';
  return interval.high < 0 === (better === 'less') ? 'better' : 'worse';
}

export function differenceOf(
  before: readonly number[],
  after: readonly number[],
  better: LabMetric['better'],
): Difference {
  const base = estimate(before).median;
  const change = estimate(after).median - base;
  const interval = differenceInterval(before, after);
  const size = Math.abs(base);
  return {
    change,
    interval,
    relative:
      size === 0 ? null : { change: change / size, interval: { low: interval.low / size, high: interval.high / size } },
    judgement: judge(interval, Math.min(before.length, after.length), better),
  };
}

function compareCell(
  variant: string,
  cells: readonly (Cell | undefined)[],
  metric: LabMetric,
): ComparedCell | undefined {
  const values = cells.map((cell) => (cell === undefined ? [] : [...valuesOf(cell.samples, metric.key).values()]));
  const known = cells.find((cell) => cell !== undefined);
  const [first = [], ...others] = values;
  if (known === undefined || values.every(({ length }) => length === 0)) return undefined;
  return {
    variant,
    rival: known.rival.name,
    title: known.rival.title,
    metric,
    figures: values.map((one) => (one.length === 0 ? null : estimate(one))),
    differences: others.map((other) =>
      first.length === 0 || other.length === 0 ? null : differenceOf(first, other, metric.better),
    ),
  };
}

const keyOf = ({ variant, rival }: Cell): string => `${variant}\0${rival.name}`;

function compareScenario(results: readonly LabResult[], name: string): ComparedScenario | undefined {
  const scenarios = results.map(({ scenarios }) => scenarios.find((scenario) => scenario.name === name));
  const about = scenarios.find((scenario) => scenario !== undefined);
  if (about === undefined) return undefined;
  const cells = results.map(({ rivals }, run) => {
    const scenario = scenarios[run];
    return new Map((scenario === undefined ? [] : cellsOf(rivals, scenario)).map((cell) => [keyOf(cell), cell]));
  });
  const keys = [...new Set(cells.flatMap((ofRun) => [...ofRun.keys()]))];
  return {
    name,
    title: about.title,
    question: about.question,
    cells: metricsOf(scenarios).flatMap((metric) =>
      keys.flatMap(
        (key) =>
          compareCell(
            key.split('\0')[0] ?? '',
            cells.map((ofRun) => ofRun.get(key)),
            metric,
          ) ?? [],
      ),
    ),
    missingIn: scenarios.flatMap((scenario, run) => (scenario === undefined ? [run] : [])),
  };
}

/** Each by its key, as the first run that has it names it. */
function metricsOf(scenarios: readonly (LabScenarioResult | undefined)[]): LabMetric[] {
  const all = scenarios.flatMap((scenario) => scenario?.metrics ?? []);
  return all.filter(({ key }, index) => all.findIndex((other) => other.key === key) === index);
}

export function compareRuns(results: readonly LabResult[]): ComparedScenario[] {
  const names = [...new Set(results.flatMap(({ scenarios }) => scenarios.map(({ name }) => name)))];
  return names.flatMap((name) => compareScenario(results, name) ?? []);
}
