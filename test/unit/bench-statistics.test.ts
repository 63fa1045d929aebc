import assert from 'node:assert/strict';
import { test } from 'node:test';

import { median, pairedRatios, relativeWidth, spread } from '../../bench/report/statistics.js';
import { orderOfRound } from '../../bench/scenarios/contrast.js';

test('the median of an odd number of values is the middle one, of an even number the mean of the two', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 3, 100]), 3.5);
  assert.throws(() => median([]), RangeError);
});

test('a spread has the median, the least and the most, in whatever order the values came', () => {
  assert.deepEqual(spread([30, 10, 20]), { median: 20, min: 10, max: 30 });
});

test('the relative width is 0 for equal values, even for zeros', () => {
  assert.equal(relativeWidth({ median: 0, min: 0, max: 0 }), 0);
  assert.equal(relativeWidth({ median: 20, min: 15, max: 25 }), 0.5);
});

test('ratios pair values of the same round, so a round that was slow for both changes nothing', () => {
  const values = new Map([
    [0, 20],
    [1, 2],
    [2, 30],
  ]);
  const baseline = new Map([
    [0, 10],
    [1, 1],
    [2, 10],
  ]);
  assert.deepEqual(pairedRatios(values, baseline), { median: 2, min: 2, max: 3 });
});

test('ratios leave out rounds that only one of the two has, and are undefined when there is no other', () => {
  assert.deepEqual(pairedRatios(new Map([[0, 4]]), new Map([[0, 2]])), { median: 2, min: 2, max: 2 });
  assert.equal(pairedRatios(new Map([[0, 4]]), new Map([[1, 2]])), undefined);
  assert.equal(pairedRatios(new Map([[0, 4]]), new Map([[0, 0]])), undefined);
});

test('over as many rounds as there are rivals each one is first once, and each round has all of them', () => {
  const rivals = ['a', 'b', 'c', 'd'];
  const orders = rivals.map((_, round) => orderOfRound(rivals, round));
  for (const order of orders) assert.deepEqual(order.toSorted(), rivals);
  assert.notDeepEqual(orders[0], orders[1]);
  assert.deepEqual(orderOfRound(['x', 'y'], 0), ['x', 'y']);
  assert.deepEqual(orderOfRound([], 3), []);
});
