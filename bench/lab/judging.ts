/** What judges of scenarios ask of samples. */
import { groupBy } from '../report/group-by.js';
import { shortFigure } from '../report/short-figure.js';
import { pairedRatioEstimate } from '../report/bootstrap.js';
import type { Estimate } from '../report/bootstrap.js';
import { median } from '../report/statistics.js';
import type { LabSample } from './result.js';
import type { Judgement } from './scenario.js';

export interface Wanted {
  rival: string;
  key: string;
  /** Undefined: all variants together. */
  variant?: string;
}

function chosen(samples: readonly LabSample[], { rival, key, variant }: Wanted): LabSample[] {
  return samples.filter(
    (sample) =>
      sample.rival === rival && (variant === undefined || sample.variant === variant) && key in sample.numbers,
  );
}

export function valuesOf(samples: readonly LabSample[], wanted: Wanted): number[] {
  return chosen(samples, wanted).map(({ numbers }) => numbers[wanted.key] ?? Number.NaN);
}

/** Over the rounds; undefined when it was not measured. */
export function medianOf(samples: readonly LabSample[], wanted: Wanted): number | undefined {
  const values = valuesOf(samples, wanted);
  return values.length === 0 ? undefined : median(values);
}

/** The ratios within a round, with the interval of their median; undefined when no round has both. */
export function ratioEstimateOf(samples: readonly LabSample[], wanted: Wanted, against: string): Estimate | undefined {
  const byRound = (rival: string): Map<number, number> =>
    new Map(
      [...groupBy(chosen(samples, { ...wanted, rival }), ({ round }) => round)].map(([round, group]) => [
        round,
        median(group.map(({ numbers }) => numbers[wanted.key] ?? Number.NaN)),
      ]),
    );
  return pairedRatioEstimate(byRound(wanted.rival), byRound(against));
}

/** Median of the ratios within a round; undefined when no round has both. */
export function ratioOf(samples: readonly LabSample[], wanted: Wanted, against: string): number | undefined {
  return ratioEstimateOf(samples, wanted, against)?.median;
}

/** Is one rival's figure below another's? Undefined when either was not measured. */
export function below(samples: readonly LabSample[], key: string, lower: string, higher: string): boolean | undefined {
  const [left, right] = [lower, higher].map((rival) => medianOf(samples, { rival, key }));
  return left === undefined || right === undefined ? undefined : left < right;
}

/** Those of the names that were measured. */
export function present(samples: readonly LabSample[], names: readonly string[]): string[] {
  return names.filter((name) => samples.some(({ rival }) => rival === name));
}

export const nothingSaid: Judgement = { asExpected: null, finding: null };

/** True when all that could be asked hold; null when nothing could. */
export function allOf(conditions: readonly (boolean | undefined)[]): boolean | null {
  const said = conditions.filter((condition) => condition !== undefined);
  return said.length === 0 ? null : said.every(Boolean);
}

/** `idle 0.4 ms, plain 280 ms`; names that were not measured are left out. */
export function listed(
  samples: readonly LabSample[],
  names: readonly string[],
  wanted: Omit<Wanted, 'rival'>,
  unit: string,
): string {
  return names
    .map((rival) => [rival, medianOf(samples, { ...wanted, rival })] as const)
    .filter((entry): entry is [string, number] => entry[1] !== undefined)
    .map(([rival, value]) => `${rival} ${shortFigure(value)}${unit === '' ? '' : ` ${unit}`}`)
    .join(', ');
}
