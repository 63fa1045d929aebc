/** How far counts may be from even by chance. */

/** Pearson's statistic of counts that should all be the same. */
export function chiSquare(counts: readonly number[]): number {
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return mean === 0 ? 0 : counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
}

/**
 * How many standard deviations of a normal variable such a statistic lies above its mean (Wilson and Hilferty's cube
 * root): above 4 by chance in one of 30 000.
 */
export function chiSquareZ(statistic: number, degreesOfFreedom: number): number {
  const spread = 2 / (9 * degreesOfFreedom);
  return (Math.cbrt(statistic / degreesOfFreedom) - (1 - spread)) / Math.sqrt(spread);
}
