import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeSilence } from '../../src/supervisor/drain-watch.js';

test('a silent worker is named before it is killed', () => {
  assert.equal(judgeSilence(4_999, 30_000, 30_000), 'wait');
  assert.equal(judgeSilence(5_000, 30_000, 30_000), 'name');
  assert.equal(judgeSilence(30_000, 30_000, 30_000), 'kill');
});

test('with a short grace period it is named earlier, so that its stack is known before its end', () => {
  assert.equal(judgeSilence(999, 30_000, 4_000), 'wait');
  assert.equal(judgeSilence(1_000, 30_000, 4_000), 'name');
});

test('without a hang time-out it has its whole grace period, with a short one no more than that', () => {
  assert.equal(judgeSilence(3_600_000, 0, 30_000), 'name');
  assert.equal(judgeSilence(1_000, 1_000, 30_000), 'kill');
});
