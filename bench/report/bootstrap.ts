/** Percentile bootstrap: how far off a figure may be, from nothing but the rounds that there are. */
import { Random } from '../chaos/random.js';
import { median, ratiosByRound, spread } from './statistics.js';
import type { Spread } from './statistics.js';

export interface Interval {
  low: number;
  high: number;
}

/** A median of rounds with its 95 % interval. */
export interface Estimate extends Spread, Interval {
  rounds: number;
}

/** The bounds of a 95 % interval then vary by a fraction of what the interval itself is uncertain by. */
const RESAMPLES = 2_000;
const OUTSIDE = 0.025;
/** The same values always give the same interval: a report made twice is the same report. */
const SEED = 20_170_311;

const interval95 = (statistics: readonly number[]): Interval => {
  const sorted = statistics.toSorted((left, right) => left - right);
  const last = sorted.length - 1;
  return {
    low: sorted[Math.floor(OUTSIDE * last)] ?? Number.NaN,
    high: sorted[Math.ceil((1 - OUTSIDE) * last)] ?? Number.NaN,
  };
};

function resample(values: readonly number[], random: Random): number[] {
  return values.map(() => random.pick(values));
}

/** @throws RangeError when there are no values. */
export function medianInterval(values: readonly number[]): Interval {
  if (values.length < 2 || new Set(values).size === 1) return { low: median(values), high: median(values) };
  const random = new Random(SEED);
  return interval95(Array.from({ length: RESAMPLES }, () => median(resample(values, random))));
}

/** @throws RangeError when there are no values. */
export function estimate(values: readonly number[]): Estimate {
  return { ...spread(values), ...medianInterval(values), rounds: values.length };
}

/**
 * The median of the ratios within each round that has both, so that what slowed a whole round down falls out. Undefined
 * when no round has both, or the baseline is never above 0.
 */
export function pairedRatioEstimate(
  values: ReadonlyMap<number, number>,
  baseline: ReadonlyMap<number, number>,
): Estimate | undefined {
  const ratios = ratiosByRound(values, baseline);
  return ratios.length === 0 ? undefined : estimate(ratios);
}

/** The interval of `median(after) - median(before)` for rounds that are not paired: two runs. */
export function differenceInterval(before: readonly number[], after: readonly number[]): Interval {
  const random = new Random(SEED);
  return interval95(
    Array.from({ length: RESAMPLES }, () => median(resample(after, random)) - median(resample(before, random))),
  );
}
