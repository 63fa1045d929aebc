import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { chiSquare, chiSquareZ } from '../../bench/lab/chance.js';
import { bar, secondsLeft, timeLeft } from '../../bench/lab/progress.js';
import { threadCounts } from '../../bench/lab/own/sweep.js';
import { enoughWorkers, threadsOf, workerCounts } from '../../bench/lab/scenarios/sweep.js';
import { sizeOf, sizingInWords } from '../../bench/lab/size.js';
import { timelinesOf } from '../../bench/lab/timeline.js';
import type { LoadResult } from '../../bench/load/loadgen.js';

describe('chi-square', () => {
  it('is 0 for even counts, and Pearson’s sum for others', () => {
    assert.equal(chiSquare([5, 5, 5]), 0);
    assert.equal(chiSquare([8, 2]), 3.6);
    assert.equal(chiSquare([0, 0]), 0);
  });

  it('has its table’s quantiles: 7.815 is the 95 % one of 3 degrees, 16.27 the 99.9 % one', () => {
    assert.ok(Math.abs(chiSquareZ(7.815, 3) - 1.645) < 0.03);
    assert.ok(Math.abs(chiSquareZ(16.27, 3) - 3.09) < 0.05);
  });
});

describe('the time left', () => {
  it('is the plan at first, and the pace once a tenth is done', () => {
    assert.equal(secondsLeft(100, 0, 30), 100);
    assert.equal(secondsLeft(100, 50, 100), 100);
    assert.equal(secondsLeft(100, 100, 250), 0);
  });

  it('is told in the units that people use', () => {
    assert.equal(timeLeft(12.4), '12 s left');
    assert.equal(timeLeft(130), '2 min 10 s left');
    assert.equal(timeLeft(3 * 3_600 + 120), '3 h 2 min left');
  });
});

it('the bar is as full as the run is done', () => {
  assert.equal(bar(0), '░░░░░░░░░░░░');
  assert.equal(bar(0.5), '██████░░░░░░');
  assert.equal(bar(1.2), '████████████');
});

describe('the sweep', () => {
  it('has threads for counts that they make whole processes of', () => {
    assert.deepEqual(threadCounts(1), [2]);
    assert.deepEqual(threadCounts(2), [2]);
    assert.deepEqual(threadCounts(4), [2, 4]);
    assert.deepEqual(threadCounts(8), [2, 8]);
    assert.equal(threadsOf('auto'), 1);
    assert.equal(threadsOf('auto@threads=8@rescue-after=0ms'), 8);
  });

  it('goes from 1 to 2 × cores + 1, by each count where they are few', () => {
    assert.deepEqual(workerCounts(1), [1, 2, 3]);
    assert.deepEqual(workerCounts(2), [1, 2, 3, 4, 5]);
    assert.deepEqual(workerCounts(8), [1, 2, 4, 8, 12, 17]);
    assert.deepEqual(workerCounts(64), [1, 16, 32, 64]);
  });

  it('finds the least count that does nearly as much as the best', () => {
    const rates = new Map([
      [1, 50],
      [2, 98],
      [3, 100],
      [5, 97],
    ]);
    assert.equal(enoughWorkers(rates), 2);
    assert.equal(enoughWorkers(new Map()), undefined);
  });
});

describe('the size of a service', () => {
  const demand = { ratePerSecond: 2_000, residenceMs: 20, cpuMs: 1.4, utilization: 0.7, cores: 4 };

  it('follows Little’s law, and from the CPU of a request come the workers', () => {
    assert.deepEqual(sizeOf(demand), {
      concurrency: 40,
      busyCores: 2.8,
      workers: 4,
      concurrencyPerWorker: 10,
      fits: true,
      keepsUp: true,
      isUpperBound: false,
    });
  });

  it('takes all of the time for CPU when that is not known, and gives no advice', () => {
    const unknown = { ...demand, cpuMs: undefined };
    const sizing = sizeOf(unknown);
    assert.equal(sizing.workers, 58);
    assert.equal(sizing.isUpperBound, true);
    const words = sizingInWords(unknown, sizing);
    assert.match(words, /worst case: 40 cores busy, 58 workers;\n- a tenth, .*: 4 cores busy, 6 workers/);
    assert.doesNotMatch(words, /--workers/);
  });

  it('names the command where the cores are enough', () => {
    assert.match(sizingInWords(demand, sizeOf(demand)), /reuseport server\.js --workers 4$/);
  });

  const on = (cores: number): string => sizingInWords({ ...demand, cores }, sizeOf({ ...demand, cores }));

  it('tells what is too little from what has no room for bursts', () => {
    assert.match(on(3), /busy for 93 % of the time: it keeps up[\s\S]* --workers 3$/);
    assert.match(on(2), /2 cores, too few: /);
    assert.match(on(1), /1 core, too few: /);
  });

  it('never asks for less than one worker', () => {
    assert.equal(sizeOf({ ...demand, ratePerSecond: 0.1 }).workers, 1);
  });
});

it('a timeline has a value for each step, and the marks', () => {
  const step = { completed: 4, failed: 0, p50Ns: 1e6, p99Ns: 2e6, maxNs: 3e6, connectionsBy: { 7: 3, 8: 1 } };
  const idle = { completed: 0, failed: 2, p50Ns: 0, p99Ns: 0, maxNs: 0, connectionsBy: {} };
  const load = { timeline: { stepMs: 50, steps: [step, idle] } } as unknown as LoadResult;
  const marks = [{ atMs: 60, what: 'kill' }];
  assert.deepEqual(timelinesOf(load, marks), {
    'p99 ms': { stepMs: 50, values: [2, 0], marks },
    failed: { stepMs: 50, values: [0, 2], marks },
    'connections of worker 1': { stepMs: 50, values: [3, 0], marks },
    'connections of worker 2': { stepMs: 50, values: [1, 0], marks },
  });
});
