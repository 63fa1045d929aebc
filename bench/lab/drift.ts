/** Did later rounds come out other than earlier ones, by more than rounds differ anyway? */
import { groupBy } from '../report/group-by.js';
import { median } from '../report/statistics.js';
import type { RunFacts, Witness } from './facts.js';

/** A trend that is seen but small changes no conclusion. */
const NOTABLE_CHANGE = 0.05;
/** Of the normal distribution, two-sided at 5 %. */
const SIGNIFICANT = 1.96;

/**
 * The Mann-Kendall test: how many standard deviations the count of pairs that rise, less those that fall, is away from
 * that of a series in random order. Five values are significant when each is above, or each below, the one before.
 */
export function trend(values: readonly number[]): number {
  const pairs = values.flatMap((earlier, index) => values.slice(index + 1).map((later) => Math.sign(later - earlier)));
  const rises = pairs.reduce((sum, sign) => sum + sign, 0);
  const n = values.length;
  const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  return rises === 0 ? 0 : (rises - Math.sign(rises)) / deviation;
}

/** For each round the median over all rivals and variants of value / median of that rival: what slows all shows here. */
function commonCourse(samples: readonly Witness[], key: string): number[] {
  const relative = [...groupBy(samples, ({ variant, rival }) => `${variant}\0${rival}`).values()].flatMap((cell) => {
    const values = cell.map(({ round, numbers }) => ({ round, value: numbers[key] ?? Number.NaN }));
    if (values.some(({ value }) => !(value > 0))) return [];
    const middle = median(values.map(({ value }) => value));
    return values.map(({ round, value }) => ({ round, value: value / middle }));
  });
  return [...groupBy(relative, ({ round }) => round)]
    .toSorted(([left], [right]) => left - right)
    .map(([, group]) => median(group.map(({ value }) => value)));
}

export function findDrift(samples: readonly Witness[], metrics: RunFacts['metrics']): string[] {
  return metrics
    .filter(({ better }) => better !== 'neither')
    .flatMap(({ key, title }) => {
      const course = commonCourse(samples, key);
      const half = Math.floor(course.length / 2);
      if (half === 0) return [];
      const change = median(course.slice(-half)) / median(course.slice(0, half)) - 1;
      if (Math.abs(change) < NOTABLE_CHANGE || Math.abs(trend(course)) < SIGNIFICANT) return [];
      const size = `${Math.abs(change * 100).toFixed(0)} % ${change > 0 ? 'more' : 'less'}`;
      return [`${title}: ${size} in the later half of the rounds than in the earlier`];
    });
}
