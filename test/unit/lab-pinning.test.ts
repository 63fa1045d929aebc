// Where `--pin` puts servers and load generator.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { planOf } from '../../bench/lab/options.js';
import type { BenchRequest } from '../../bench/lab/options.js';
import { canPin, placeApart } from '../../bench/steering/pinned-place.js';

const isThere = () => true;
const isMissing = () => false;

test('the load generator has the last processor, the servers all others', () => {
  const place = placeApart([0, 2, 4, 6], isThere);
  assert.ok(typeof place === 'object');
  assert.deepEqual(place.serverLauncher, ['taskset', '--cpu-list', '0,2,4']);
  assert.deepEqual(place.client.launcher, ['taskset', '--cpu-list', '6']);
});

test('one processor, or no taskset, is a reason and no place', () => {
  assert.equal(placeApart([0], isThere), 'pinning needs two processors');
  assert.equal(placeApart([0, 1], isMissing), 'pinning needs taskset (Debian: util-linux)');
});

test('it is missed where there are four processors, and not where there are fewer', () => {
  assert.equal(canPin([0, 1, 2, 3], isThere), true);
  assert.equal(canPin([0, 1, 2], isThere), false);
  assert.equal(canPin([0, 1, 2, 3], isMissing), false);
});

const request = (options: BenchRequest['options']): BenchRequest => ({ words: [], options, command: [] });

test('--pin goes into the plan, and not with a network of its own', () => {
  assert.equal(planOf(request({ pin: true })).pin, true);
  assert.equal(planOf(request({})).pin, undefined);
  assert.throws(() => planOf(request({ pin: true, loss: '1' })), /--pin is for the loopback device/);
});
