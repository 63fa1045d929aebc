import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as fc from 'fast-check';
import { differenceInterval, estimate, medianInterval, pairedRatioEstimate } from '../../bench/report/bootstrap.js';
import type { Interval } from '../../bench/report/bootstrap.js';
import { median } from '../../bench/report/statistics.js';

const RUNS = { numRuns: 25 };
const width = ({ low, high }: Interval): number => high - low;
const figures = fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 12 });

test('the interval contains the median of the sample and lies within its extremes', () => {
  fc.assert(
    fc.property(figures, (values) => {
      const { median: middle, min, max, low, high, rounds } = estimate(values);
      assert.ok(min <= low && low <= middle && middle <= high && high <= max);
      assert.equal(rounds, values.length);
    }),
    RUNS,
  );
});

test('equal values have an interval of no width', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), fc.integer({ min: 1, max: 12 }), (value, count) => {
      assert.deepEqual(medianInterval(Array.from({ length: count }, () => value)), { low: value, high: value });
    }),
    RUNS,
  );
});

test('the interval is the same each time, and as much wider as the values are farther apart', () => {
  fc.assert(
    fc.property(figures, fc.integer({ min: 2, max: 9 }), (values, factor) => {
      const { low, high } = medianInterval(values);
      assert.deepEqual(medianInterval(values), { low, high });
      const wider = medianInterval(values.map((value) => value * factor));
      assert.deepEqual(wider, { low: low * factor, high: high * factor });
    }),
    RUNS,
  );
});

test('more rounds of the same spread make it narrower', () => {
  const few = [90, 95, 100, 105, 110];
  const many = Array.from({ length: 16 }, () => few).flat();
  assert.ok(width(medianInterval(many)) < width(medianInterval(few)));
});

test('a ratio paired by round is not touched by what slows a whole round down', () => {
  fc.assert(
    fc.property(figures, (values) => {
      const baseline = new Map(values.map((value, round) => [round, value]));
      const doubled = new Map(values.map((value, round) => [round, value * 2]));
      const ratio = pairedRatioEstimate(doubled, baseline);
      assert.deepEqual([ratio?.low, ratio?.median, ratio?.high], [2, 2, 2]);
    }),
    RUNS,
  );
  assert.equal(pairedRatioEstimate(new Map([[0, 1]]), new Map([[1, 1]])), undefined);
});

test('the difference of a run to itself contains 0, and to one shifted beyond its spread does not', () => {
  fc.assert(
    fc.property(figures, (values) => {
      const same = differenceInterval(values, values);
      assert.ok(same.low <= 0 && same.high >= 0);
      const away = Math.max(...values) - Math.min(...values) + 1;
      const shifted = differenceInterval(
        values,
        values.map((value) => value + away),
      );
      assert.ok(shifted.low > 0);
      assert.ok(shifted.low <= median(values.map((value) => value + away)) - median(values));
    }),
    RUNS,
  );
});

test('no values have no interval', () => {
  assert.throws(() => medianInterval([]), RangeError);
});
