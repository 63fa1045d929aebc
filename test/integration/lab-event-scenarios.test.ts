// Scenarios of `reuseport bench` in which workers come and go: what their figures mean, and never how fast anything was.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { failedRequests } from '../../bench/report/sample.js';
import { assertNoneFailed, skip, smoke, sum, withNetwork } from '../helpers/lab-smoke.js';

const HASH = 'hash@rescue-after=0ms';

test('reload: nothing is lost, and the timeline has its marks', { skip }, async () => {
  const { samples, asExpected, finding } = await smoke('reload', [HASH]);
  assertNoneFailed(samples);
  assert.equal(asExpected, true, finding ?? '');
  const timeline = samples[0]?.timelines?.['p99 ms'];
  assert.deepEqual(timeline?.marks?.map(({ what }) => what), ['reload', 'reloaded']); // prettier-ignore
  const lastMs = timeline?.marks?.at(-1)?.atMs ?? Infinity;
  assert.ok(timeline !== undefined && timeline.values.length * timeline.stepMs >= lastMs);
});

test('reload, elsewhere: over the round trip that is asked for', { skip: withNetwork }, async () => {
  const { samples } = await smoke('reload', [HASH], { network: { roundTripMs: 10, lossPercent: 0 } });
  assertNoneFailed(samples);
  assert.ok((samples[0]?.latency?.minNs ?? 0) >= 20e6, `${samples[0]?.latency?.minNs} ns`);
});

test('scale-down: half of the workers go, and nothing is lost', { skip }, async () => {
  const { samples, asExpected, finding } = await smoke('scale-down', [HASH]);
  assertNoneFailed(samples);
  assert.equal(asExpected, true, finding ?? '');
  assert.deepEqual(samples[0]?.timelines?.['failed']?.marks?.map(({ what }) => what), ['scale down', 'scaled']); // prettier-ignore
});

test('scale-down of those that are simply ended: what fails is what the timeline says', { skip }, async () => {
  for (const rival of ['plain-kill', 'plain-close', 'cluster-graceful']) {
    const { samples } = await smoke('scale-down', [rival]);
    const [sample] = samples;
    assert.ok(sample !== undefined);
    assert.equal(sum(sample.timelines?.['failed']?.values), failedRequests(sample), rival);
    assert.equal(sample.numbers['failed'], failedRequests(sample), rival);
  }
});

test('crash: what the timeline says is lost is what failed', { skip }, async () => {
  const { samples } = await smoke('crash', ['plain-kill']);
  const [sample] = samples;
  assert.ok(sample !== undefined);
  assert.equal(sum(sample.timelines?.['failed']?.values), failedRequests(sample));
  assert.equal(sample.numbers['failed'], failedRequests(sample));
  assert.deepEqual(sample.timelines?.['failed']?.marks?.map(({ what }) => what), ['stuck', 'kill']); // prettier-ignore
});
