import assert from 'node:assert/strict';
import { test } from 'node:test';

import { bucketUpperEdgeNs, mergeHistograms, percentileNs } from '../../bench/report/histogram.js';
import type { Histogram } from '../../bench/report/histogram.js';

const BITS = 7;

/** Written once more from the definition, to check against: the bucket whose edge is the first at or above the value. */
function bucketOf(valueNs: number): number {
  let index = 0;
  while (bucketUpperEdgeNs(index, BITS) < valueNs) index++;
  return index;
}

function histogramOf(values: readonly number[]): Histogram {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1);
  return {
    count: values.length,
    sumNs: values.reduce((sum, value) => sum + value, 0),
    minNs: values.length === 0 ? 0 : Math.min(...values),
    maxNs: Math.max(0, ...values),
    p50Ns: 0,
    p90Ns: 0,
    p99Ns: 0,
    p999Ns: 0,
    subBucketBits: BITS,
    buckets: [...counts].toSorted(([left], [right]) => left - right),
  };
}

test('bucket edges grow without a hole and no bucket is wider than 1.6 % of its value', () => {
  let lastEdge = -1;
  for (let index = 0; index < 2_000; index++) {
    const edge = bucketUpperEdgeNs(index, BITS);
    assert.ok(edge > lastEdge, `index ${index}`);
    assert.ok(edge - lastEdge <= Math.max(1, 0.016 * edge), `index ${index} is ${edge - lastEdge} wide at ${edge}`);
    lastEdge = edge;
  }
});

test('a percentile is exact for small values and within a bucket for large ones, never above the maximum', () => {
  assert.equal(percentileNs(histogramOf([1, 2, 3, 4, 100]), 0.5), 3);
  const large = histogramOf([1_000_000, 2_000_000, 3_000_001]);
  const p50 = percentileNs(large, 0.5);
  assert.ok(p50 >= 2_000_000 && p50 < 2_000_000 * 1.016, String(p50));
  assert.equal(percentileNs(large, 1), 3_000_001);
  assert.equal(percentileNs(histogramOf([]), 0.99), 0);
});

test('merging counts what both counted: the same as one histogram of all values', () => {
  const left = [5, 700, 90_000];
  const right = [6, 700, 1_000_000];
  const { p50Ns, p99Ns, p90Ns, p999Ns, ...merged } = mergeHistograms([histogramOf(left), histogramOf(right)]);
  const all = histogramOf([...left, ...right]);
  assert.deepEqual(merged, { ...merged, count: 6, sumNs: all.sumNs, minNs: 5, maxNs: 1_000_000, buckets: all.buckets });
  assert.equal(p50Ns, percentileNs(all, 0.5));
  assert.deepEqual([p90Ns, p99Ns, p999Ns], [1_000_000, 1_000_000, 1_000_000]);
});

test('an empty histogram changes nothing, not even the least value', () => {
  const merged = mergeHistograms([histogramOf([]), histogramOf([50])]);
  assert.equal(merged.minNs, 50);
  assert.equal(merged.count, 1);
});

test('histograms with other bucket widths do not merge, nor does none', () => {
  assert.throws(() => mergeHistograms([histogramOf([1]), { ...histogramOf([1]), subBucketBits: 8 }]), RangeError);
  assert.throws(() => mergeHistograms([]), RangeError);
});
