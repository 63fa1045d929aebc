import assert from 'node:assert/strict';
import { test } from 'node:test';

import { contrast } from '../../bench/contest.js';
import { failureKinds } from '../../bench/load/loadgen.js';
import type { Failures } from '../../bench/load/loadgen.js';
import { contrastWarnings } from '../../bench/report/doubts.js';
import type { Histogram } from '../../bench/report/histogram.js';
import type { Sample } from '../../bench/report/sample.js';
import { summarize } from '../../bench/report/summary.js';

const histogram: Histogram = {
  count: 1,
  sumNs: 100,
  minNs: 100,
  p50Ns: 100,
  p90Ns: 100,
  p99Ns: 100,
  p999Ns: 100,
  maxNs: 100,
  subBucketBits: 7,
  buckets: [[100, 1]],
};

const noFailures = Object.fromEntries(failureKinds.map((kind) => [kind, 0])) as Failures;

function sample(changes: Partial<Sample>): Sample {
  return {
    round: 0,
    rival: 'reuseport',
    load: 'new-connection',
    place: 0,
    requestsPerSecond: 1_000,
    serverCpuMicrosPerRequest: 40,
    serverCpu: [
      { pid: 1, cpuMicros: 0 },
      { pid: 2, cpuMicros: 50 },
      { pid: 3, cpuMicros: 50 },
    ],
    completed: 1_000,
    failures: noFailures,
    connectionsByWorker: { 2: 500, 3: 500 },
    responsesByWorker: { 2: 500, 3: 500 },
    clientCpuShare: 0.4,
    clientWaitShare: 0.1,
    listenOverflows: 0,
    stealShare: 0,
    processesChanged: false,
    responseDiffers: false,
    warmedUp: true,
    latencyNs: { connect: histogram, firstByte: histogram, total: histogram },
    ...changes,
  };
}

const facts = { workers: 2, singles: ['single'], cores: 2, loadAverage1: 0 };
const ROUNDS = 5;

function reasons(changes: Partial<Sample>, other: { rounds?: number; loadAverage1?: number } = {}): string[] {
  const { rounds = ROUNDS, ...more } = other;
  const samples = Array.from({ length: rounds }, (_, round) => sample({ round, ...changes }));
  return contrastWarnings(samples, { ...facts, ...more }).map(({ reason }) => reason);
}

test('a sound sample gives no warning', () => {
  assert.deepEqual(reasons({}), []);
  assert.deepEqual(reasons({ rival: 'single', connectionsByWorker: { 2: 1_000 } }), []);
});

test('each reason to distrust a sample is found by its own sign', () => {
  assert.deepEqual(reasons({ clientCpuShare: 0.95 }), ['client-saturated']);
  assert.deepEqual(reasons({ clientCpuShare: 0.5, clientWaitShare: 0.49 }), ['client-starved']);
  assert.deepEqual(reasons({ stealShare: 0.1 }), ['cpu-steal']);
  assert.deepEqual(reasons({ listenOverflows: 3 }), ['accept-queue-overflow']);
  assert.deepEqual(reasons({ responseDiffers: true }), ['different-bytes']);
  assert.deepEqual(reasons({ failures: { ...noFailures, reset: 1 } }), ['requests-failed']);
  assert.deepEqual(reasons({ processesChanged: true }), ['processes-changed']);
  assert.deepEqual(reasons({ warmedUp: false }), ['short-warm-up']);
  assert.deepEqual(reasons({ connectionsByWorker: { 2: 1_000 } }), ['worker-idle']);
  assert.deepEqual(reasons({}, { rounds: 4 }), ['too-few-rounds']);
  assert.deepEqual(reasons({}, { loadAverage1: 2 }), ['busy-machine']);
});

test('rounds that are far apart are a wide spread', () => {
  const rates = [1_000, 1_500, 1_000, 1_000, 1_000];
  const samples = rates.map((requestsPerSecond, round) => sample({ round, requestsPerSecond }));
  assert.deepEqual(
    contrastWarnings(samples, facts).map(({ reason }) => reason),
    ['wide-spread'],
  );
});

test('a summary pairs with cluster round robin and keeps void throughput apart from CPU', () => {
  const cells = summarize(
    [
      sample({ rival: 'cluster-rr', requestsPerSecond: 500, serverCpuMicrosPerRequest: 120 }),
      sample({ clientCpuShare: 0.99 }),
    ],
    'new-connection',
    contrast,
  );
  const reuseport = cells.find(({ rival }) => rival === 'reuseport');
  assert.deepEqual(reuseport?.throughputRatio, { median: 2, min: 2, max: 2 });
  assert.ok(reuseport?.throughputVoid);
  assert.equal(reuseport?.serverCpuRatio?.median, 40 / 120);
  assert.deepEqual(reuseport?.acceptShares, [0.5, 0.5]);
  assert.equal(cells.find(({ rival }) => rival === 'cluster-rr')?.throughputVoid, false);
});
