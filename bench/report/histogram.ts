/** The shape of loadgen's histograms: log-linear buckets as `[index, count]`, nanoseconds. */
export interface Histogram {
  count: number;
  sumNs: number;
  minNs: number;
  p50Ns: number;
  p90Ns: number;
  p99Ns: number;
  p999Ns: number;
  maxNs: number;
  subBucketBits: number;
  buckets: [index: number, count: number][];
}

/** Largest value that falls into a bucket; the counterpart of `Histogram::upperEdge` in histogram.cpp. */
export function bucketUpperEdgeNs(index: number, subBucketBits: number): number {
  const half = 2 ** (subBucketBits - 1);
  if (index < 2 * half) return index;
  const shift = Math.floor(index / half) - 1;
  return (index - shift * half + 1) * 2 ** shift - 1;
}

/** The value below or at which the given share (0 to 1) of all values lies; 0 when there are none. */
export function percentileNs(histogram: Histogram, share: number): number {
  const wanted = Math.max(1, Math.ceil(share * histogram.count));
  let seen = 0;
  for (const [index, count] of histogram.buckets) {
    seen += count;
    if (seen >= wanted) return Math.min(bucketUpperEdgeNs(index, histogram.subBucketBits), histogram.maxNs);
  }
  return histogram.maxNs;
}

/** The share of values, 0 to 1, whose bucket reaches to the limit or beyond; 0 when there are none. */
export function shareAbove({ buckets, count, subBucketBits }: Histogram, limitNs: number): number {
  const above = buckets.filter(([index]) => bucketUpperEdgeNs(index, subBucketBits) >= limitNs);
  return count === 0 ? 0 : above.reduce((sum, [, values]) => sum + values, 0) / count;
}

/**
 * Adds histograms, then takes the percentiles: a mean or median of percentiles is the percentile of nothing.
 * @throws RangeError when their buckets have different widths, or when there is none.
 */
export function mergeHistograms(histograms: readonly Histogram[]): Histogram {
  const [first] = histograms;
  if (first === undefined) throw new RangeError('mergeHistograms: no histogram given');
  const counts = new Map<number, number>();
  for (const { subBucketBits, buckets } of histograms) {
    if (subBucketBits !== first.subBucketBits) throw new RangeError('mergeHistograms: different bucket widths');
    for (const [index, count] of buckets) counts.set(index, (counts.get(index) ?? 0) + count);
  }
  const filled = histograms.filter(({ count }) => count > 0);
  const merged: Histogram = {
    ...first,
    count: filled.reduce((sum, { count }) => sum + count, 0),
    sumNs: filled.reduce((sum, { sumNs }) => sum + sumNs, 0),
    minNs: filled.length === 0 ? 0 : Math.min(...filled.map(({ minNs }) => minNs)),
    maxNs: Math.max(0, ...filled.map(({ maxNs }) => maxNs)),
    buckets: [...counts].toSorted(([left], [right]) => left - right),
  };
  const at = (share: number): number => percentileNs(merged, share);
  return { ...merged, p50Ns: at(0.5), p90Ns: at(0.9), p99Ns: at(0.99), p999Ns: at(0.999) };
}
