import assert from 'node:assert/strict';
import { test } from 'node:test';

import { warningsOf } from '../../bench/lab/warnings.js';
import type { LoadResult } from '../../bench/load/loadgen.js';
import { shareAbove } from '../../bench/report/histogram.js';
import type { Histogram } from '../../bench/report/histogram.js';
import { addFailures, countsOf, jainIndex, witnessOf } from '../../bench/steering/sample.js';
import type { SteeringSample } from '../../bench/steering/sample.js';
import { summarizeScenario } from '../../bench/steering/summary.js';
import { renderSteeringTables } from '../../bench/steering/table.js';

const none: LoadResult['failures'] = { refused: 0, reset: 0, timeout: 0, short: 0, malformed: 0, status: 0, other: 0 };

/** Values below 128 ns have a bucket each. */
function histogram(buckets: [number, number][]): Histogram {
  const count = buckets.reduce((sum, [, n]) => sum + n, 0);
  const maxNs = buckets.at(-1)?.[0] ?? 0;
  const rest = { sumNs: 0, minNs: 0, p50Ns: 0, p90Ns: 0, p99Ns: 0, p999Ns: 0, maxNs, subBucketBits: 7 };
  return { count, buckets, ...rest };
}

function sample(fields: Partial<SteeringSample>): SteeringSample {
  return {
    scenario: 'cost',
    variant: 'v',
    round: 0,
    rival: 'hash',
    place: 0,
    steer: null,
    latency: null,
    numbers: {},
    completed: 10,
    failures: none,
    elapsedNs: 1e9,
    clientCpuShare: 0.1,
    clientLagP99Ms: 0.1,
    clientSaturated: false,
    masterCpuShare: 0,
    serverCpuMicros: 1,
    rescues: 0,
    moved: 0,
    listenOverflows: 0,
    stealShare: 0,
    ...fields,
  };
}

test('the index of fairness is 1 for equal counts and 1/n for one that has all; idle workers count', () => {
  assert.equal(jainIndex([2, 2, 2, 2]), 1);
  assert.equal(jainIndex(countsOf({ 7: 16 }, 8)), 1 / 8);
  assert.deepEqual(countsOf({ 7: 1, 8: 3 }, 4), [3, 1, 0, 0]);
});

test('the share above a limit counts the buckets that reach it', () => {
  const values = histogram([
    [10, 6],
    [50, 3],
    [100, 1],
  ]);
  assert.equal(shareAbove(values, 50), 0.4);
  assert.equal(shareAbove(values, 101), 0);
  assert.equal(shareAbove(histogram([]), 1), 0);
});

test('failures are added kind by kind', () => {
  const sum = addFailures([
    { ...none, reset: 2 },
    { ...none, reset: 1, timeout: 4 },
  ]);
  assert.deepEqual(sum, { ...none, reset: 3, timeout: 4 });
});

test('ratios are those within a round, and percentiles those of all rounds together', () => {
  const latency = [histogram([[10, 99], [20, 1]]), histogram([[100, 100]])]; // prettier-ignore
  const samples = [0, 1].flatMap((round) => [
    sample({ round, rival: 'hash', numbers: { rate: 10 * (round + 1) } }),
    sample({ round, rival: 'idle', numbers: { rate: 9 * (round + 1) }, latency: latency[round] ?? null }),
  ]);
  const [hash, idle] = summarizeScenario(
    { ratios: { against: 'hash', of: ['rate'] } },
    ['hash', 'idle', 'absent'],
    samples,
  );
  assert.equal(hash?.latency, null);
  assert.deepEqual(idle?.ratios['rate'], { median: 0.9, min: 0.9, max: 0.9 });
  assert.equal(idle.latency?.p50Ms, 20e-6);
  assert.equal(idle.latency.p99Ms, 100e-6);
  assert.equal(
    renderSteeringTables(
      [hash, idle].filter((cell) => cell !== undefined),
      'hash',
    ).split('\n').length,
    4,
  );
});

test('what makes a result doubtful is said, with its cell', () => {
  const line = { realtime: true, there: way(3e6, 0), back: way(1e6, 5) };
  const samples = [
    sample({ clientLagP99Ms: 3, failures: { ...none, reset: 1 }, masterCpuShare: 0.02, stealShare: 0.1 }),
    sample({ steer: { asked: 'idle', used: 'idle', why: '' }, rival: 'idle', masterCpuShare: 0.02 }),
  ];
  const found = warningsOf(samples.map(witnessOf), { cores: 2, loadAverage1: 1, metrics: [], line });
  assert.deepEqual(
    found.map(({ reason }) => reason),
    [
      'too-few-rounds',
      'busy-machine',
      'cpu-steal',
      'line-late',
      'line-late',
      'client-late',
      'requests-failed',
      'master-busy',
    ],
  );
  assert.match(found.at(-1)?.detail ?? '', /^v, idle: /);
});

function way(lateP99Ns: number, refused: number) {
  return { delivered: 10, lost: 0, overflowed: 0, refused, lateP50Ns: 0, lateP99Ns, lateMaxNs: lateP99Ns };
}
