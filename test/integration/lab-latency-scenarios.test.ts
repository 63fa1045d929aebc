// Scenarios of `reuseport bench` about how long requests wait: what their figures mean, and never how fast anything was.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertNoneFailed, skip, smoke, withNetwork } from '../helpers/lab-smoke.js';

test('stall, mixed and hang: a latency for each request, and a block shows', { skip }, async () => {
  const stall = await smoke('stall', ['plain']);
  assertNoneFailed(stall.samples);
  // One block at the start, whose worker keeps whom it has, and who is queued for it, until its end.
  assert.equal(stall.samples[0]?.latency?.count, 500 * 0.3);
  const mixed = await smoke('mixed', ['plain']);
  assertNoneFailed(mixed.samples);
  assert.equal(mixed.samples.length, 2);
  const hang = await smoke('hang', ['plain']);
  assert.ok((hang.samples[0]?.numbers['slowest ms'] ?? 0) > 1_000);
  assert.equal(hang.asExpected, null, 'nothing to compare with');
});

test('network: every latency has two round trips in it', { skip: withNetwork }, async () => {
  const { samples, charts } = await smoke('network', ['plain']);
  assertNoneFailed(samples);
  assert.ok((samples[0]?.latency?.minNs ?? 0) >= 40e6);
  assert.ok(charts.some(({ kind }) => kind === 'percentiles'));
});

test('hermes: four kinds of traffic, at a part of what the server can', { skip }, async () => {
  const { samples } = await smoke('hermes', ['plain']);
  assertNoneFailed(samples);
  assert.equal(samples.length, 4);
  for (const { completed, variant } of samples) assert.ok(completed > 0, variant);
});

test('burst and balance: all are answered, each by one worker', { skip }, async () => {
  const burst = await smoke('burst', ['plain']);
  assert.equal(burst.samples[0]?.numbers['not answered'], 0);
  const balance = await smoke('balance', ['plain']);
  assertNoneFailed(balance.samples);
  assert.ok((balance.samples[0]?.numbers['most on one'] ?? 0) >= 2);
});
