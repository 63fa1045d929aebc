// Every scenario of `reuseport bench`, as short as can be: what its figures mean, and never how fast anything was.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

import type { LabSample, LabScenarioResult } from '../../bench/lab/result.js';
import type { LabPlan, LabScenario } from '../../bench/lab/scenario.js';
import { labScenarios } from '../../bench/lab/scenarios.js';
import { whyNoNamespaces } from '../../bench/network/namespaces.js';
import { cliFile, loadgenFile } from '../../bench/paths.js';
import { failedRequests } from '../../bench/report/sample.js';
import { noBinaries, smoke as smokeOf } from '../helpers/lab-smoke.js';
import { steeringDenied } from '../helpers/steering.js';

const missing = [loadgenFile, cliFile].find((file) => !existsSync(file));
const skip = missing === undefined ? false : `${missing} is not built: npm run bench builds it`;
const withNetwork = skip === false ? (whyNoNamespaces() ?? false) : skip;
const withPrograms = skip === false ? steeringDenied() : skip;

const HASH = 'hash@rescue-after=0ms';
const IN_TURN = 'round-robin@rescue-after=0ms';
const STICKY = 'sticky@rescue-after=0ms';
const WEIGHTED = 'weighted:1,2,5@rescue-after=0ms';

function smoke(name: string, rivals: readonly string[], more: Partial<LabPlan> = {}): Promise<LabScenarioResult> {
  const all = labScenarios.find((scenario) => scenario.name === name);
  assert.ok(all !== undefined, name);
  return smokeOf(name === 'sweep' || name === 'distribution' ? firstVariants(all) : all, rivals, noBinaries, more);
}

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

function assertNoneFailed(samples: readonly LabSample[]): void {
  for (const sample of samples) assert.equal(failedRequests(sample), 0, `${sample.rival}, ${sample.variant}`);
}

const sum = (values: readonly number[] = []): number => values.reduce((total, value) => total + value, 0);

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

test('reload, elsewhere: over the round trip that is asked for', { skip: withNetwork }, async () => {
  const { samples } = await smoke('reload', [HASH], { network: { roundTripMs: 10, lossPercent: 0 } });
  assertNoneFailed(samples);
  assert.ok((samples[0]?.latency?.minNs ?? 0) >= 20e6, `${samples[0]?.latency?.minNs} ns`);
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

test('reload: nothing is lost, and the timeline has its marks', { skip }, async () => {
  const { samples, asExpected, finding } = await smoke('reload', [HASH]);
  assertNoneFailed(samples);
  assert.equal(asExpected, true, finding ?? '');
  const timeline = samples[0]?.timelines?.['p99 ms'];
  assert.deepEqual(timeline?.marks?.map(({ what }) => what), ['reload', 'reloaded']); // prettier-ignore
  const lastMs = timeline?.marks?.at(-1)?.atMs ?? Infinity;
  assert.ok(timeline !== undefined && timeline.values.length * timeline.stepMs >= lastMs);
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

test('threads: as many loops in each shape, their memory, and a block that shows', { skip }, async () => {
  const { samples, skipped } = await smoke('threads', ['auto@threads=1', 'auto@threads=4']);
  assert.deepEqual(skipped, {});
  assertNoneFailed(samples);
  assert.equal(samples.length, 4);
  for (const { variant, numbers, latency } of samples) {
    if (variant === 'full speed') assert.ok((numbers['memory MB'] ?? 0) > 0 && (numbers['rate'] ?? 0) > 0);
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

test('crash: what the timeline says is lost is what failed', { skip }, async () => {
  const { samples } = await smoke('crash', ['plain-kill']);
  const [sample] = samples;
  assert.ok(sample !== undefined);
  assert.equal(sum(sample.timelines?.['failed']?.values), failedRequests(sample));
  assert.equal(sample.numbers['failed'], failedRequests(sample));
  assert.deepEqual(sample.timelines?.['failed']?.marks?.map(({ what }) => what), ['stuck', 'kill']); // prettier-ignore
});

test('distribution: counts add up, and turns are exact', { skip: withPrograms }, async () => {
  const { samples, asExpected, finding } = await smoke('distribution', [IN_TURN]);
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
  const { samples } = await smoke('sweep', ['cluster-rr']);
  assertNoneFailed(samples);
  assert.deepEqual(samples.map(({ x }) => x), [1, 2]); // prettier-ignore
  for (const { numbers } of samples) assert.ok((numbers['rate'] ?? 0) > 0 && (numbers['memory MB'] ?? 0) > 0);
});
