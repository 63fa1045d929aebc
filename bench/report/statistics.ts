export interface Spread {
  median: number;
  min: number;
  max: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('median of no values');
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The least value that so great a share (0 to 1) of all values do not exceed. */
export function nearestRank(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new RangeError('rank in no values');
  return found;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** How wide a spread is against its median; 0 for equal values, Infinity around a median of 0. */
export function relativeWidth({ median: middle, min, max }: Spread): number {
  return max === min ? 0 : (max - min) / Math.abs(middle);
}

/** Ratios value/baseline within each round that has both, in the order of `values`. */
export function ratiosByRound(values: ReadonlyMap<number, number>, baseline: ReadonlyMap<number, number>): number[] {
  const ratios: number[] = [];
  for (const [round, value] of values) {
    const base = baseline.get(round);
    if (base !== undefined && base > 0) ratios.push(value / base);
  }
  return ratios;
}

/**
 * Ratios within each round that has both, so that what slowed a whole round down falls out. Undefined when no round has
 * both.
 */
export function pairedRatios(
  values: ReadonlyMap<number, number>,
  baseline: ReadonlyMap<number, number>,
): Spread | undefined {
  const ratios = ratiosByRound(values, baseline);
  return ratios.length === 0 ? undefined : spread(ratios);
}
