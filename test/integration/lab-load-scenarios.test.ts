// Scenarios of `reuseport bench` about rates and shares: what their figures mean, and never how fast anything was.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { LabScenario } from '../../bench/lab/scenario.js';
import { assertNoneFailed, scenarioNamed, skip, smoke, smokeOf, sum, withPrograms } from '../helpers/lab-smoke.js';

const HASH = 'hash@rescue-after=0ms';
const IN_TURN = 'round-robin@rescue-after=0ms';
const STICKY = 'sticky@rescue-after=0ms';
const WEIGHTED = 'weighted:1,2,5@rescue-after=0ms';

/** Two sizes are enough to see that they are kept apart. */
function firstVariants(scenario: LabScenario): LabScenario {
  return {
    ...scenario,
    experiment(plan) {
      const experiment = scenario.experiment(plan);
      return { ...experiment, variants: () => experiment.variants().slice(0, 2) };
    },
  };
}

test('churn and keep-alive: rates at full speed, latencies by the clock', { skip }, async () => {
  for (const [name, rivals] of [
    ['churn', ['single', 'c-epoll']],
    ['keep-alive', ['single']],
  ] as const) {
    // prettier-ignore
    const { samples, charts } = await smoke(name, rivals);
    assertNoneFailed(samples);
    const [full, clock, ...others] = samples.filter(({ rival }) => rival === 'single');
    assert.equal(others.length, 0);
    assert.equal(full?.latency, null);
    assert.ok((full?.numbers['rate'] ?? 0) > 0);
    assert.equal(clock?.latency?.count, clock?.completed);
    assert.ok(charts.some(({ kind }) => kind === 'percentiles'));
  }
});

test('generator: the rate of a server, and a generator that is not there is named', { skip }, async () => {
  const { samples, finding } = await smoke('generator', ['loadgen']);
  assertNoneFailed(samples);
  const text =
    /^new connections: loadgen .*\/s; kept connections: loadgen .*\/s; p99 of its lateness at 5000\/s: .* ms\.$/;
  assert.match(finding ?? '', text);
  assert.deepEqual(samples.map(({ numbers }) => (numbers['late p99 ms'] ?? 0) > 0), [false, false, true]); // prettier-ignore
});

test('threads: as many loops in each shape, their memory, and a block that shows', { skip }, async () => {
  const { samples, skipped } = await smoke('threads', ['auto@threads=1', 'auto@threads=4']);
  assert.deepEqual(skipped, {});
  assertNoneFailed(samples);
  assert.equal(samples.length, 4);
  for (const { variant, numbers, latency } of samples) {
    const told = [numbers['memory MB'], numbers['rate']].every((number) => (number ?? 0) > 0);
    if (variant === 'full speed') assert.ok(told, JSON.stringify(numbers));
    else assert.equal(latency?.count, 500 * 0.3);
  }
});

test(
  'hitters: sticky gives a heavy client its one worker, and so at least half of all',
  { skip: withPrograms },
  async () => {
    const { samples, asExpected, finding } = await smoke('hitters', [HASH, STICKY]);
    assertNoneFailed(samples);
    assert.equal(samples.length, 4);
    for (const { byWorker, completed } of samples) assert.equal(sum(byWorker), completed);
    assert.equal(asExpected, true, finding ?? '');
  },
);

test('distribution: counts add up, and turns are exact', { skip: withPrograms }, async () => {
  const { samples, asExpected, finding } = await smokeOf(firstVariants(scenarioNamed('distribution')), [IN_TURN]);
  assert.deepEqual(samples.map(({ x }) => x), [16, 256]); // prettier-ignore
  for (const { byWorker, x, completed } of samples) {
    assert.equal(completed, x);
    assert.equal(sum(byWorker), x);
  }
  assert.equal(asExpected, true, finding ?? '');
});

test('sticky and weighted: each client its worker, each worker its share', { skip: withPrograms }, async () => {
  const sticky = await smoke('sticky', [STICKY]);
  assert.equal(sticky.asExpected, true, sticky.finding ?? '');
  const weighted = await smoke('weighted', [WEIGHTED]);
  assert.equal(weighted.asExpected, true, weighted.finding ?? '');
});

test('sweep: each count of workers has a place on the axis, its rate and its memory', { skip }, async () => {
  const { samples } = await smokeOf(firstVariants(scenarioNamed('sweep')), ['cluster-rr']);
  assertNoneFailed(samples);
  assert.deepEqual(samples.map(({ x }) => x), [1, 2]); // prettier-ignore
  for (const { numbers } of samples) assert.ok((numbers['rate'] ?? 0) > 0 && (numbers['memory MB'] ?? 0) > 0);
});
