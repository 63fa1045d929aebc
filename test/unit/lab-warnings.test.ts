import assert from 'node:assert/strict';
import { test } from 'node:test';

import { trend } from '../../bench/lab/drift.js';
import { isVoiding, renderWarnings, warningsOf } from '../../bench/lab/warnings.js';
import type { RunFacts, Witness } from '../../bench/lab/warnings.js';

const failures = { refused: 0, reset: 0, timeout: 0, short: 0, malformed: 0, status: 0, other: 0 };
const metrics = [
  { key: 'rate', title: 'Requests', better: 'more' },
  { key: 'spare', title: 'Spare', better: 'neither' },
] as const;
const facts: RunFacts = { cores: 8, loadAverage1: 0, metrics };

function witness(changes: Partial<Witness>): Witness {
  return {
    variant: '64 at a time',
    round: 0,
    rival: 'plain',
    numbers: { rate: 100 },
    failures,
    clientCpuShare: 0.2,
    stealShare: 0,
    listenOverflows: 0,
    ...changes,
  };
}

const rounds = (values: readonly number[], rival = 'plain', key = 'rate'): Witness[] =>
  values.map((value, round) => witness({ round, rival, numbers: { [key]: value } }));

const reasons = (samples: readonly Witness[], changes: Partial<RunFacts> = {}): string[] =>
  warningsOf(samples, { ...facts, ...changes }).map(({ reason }) => reason);

const differing = (content: string[], headers: string[]): Partial<RunFacts> => ({
  differences: new Map([['idle', { content, headers }]]),
});

test('five equal rounds give no doubt, and no sample no warning', () => {
  assert.deepEqual(reasons(rounds([100, 100, 100, 100, 100])), []);
  assert.deepEqual(reasons([], { loadAverage1: 99 }), []);
});

test('facts of the machine are doubts of the run, told once', () => {
  const sound = [...rounds([100, 100, 100, 100, 100]), ...rounds([100, 100, 100, 100, 100], 'idle')];
  assert.deepEqual(reasons(sound, { pinning: 'unpinned' }), ['unpinned']);
  assert.deepEqual(reasons(sound, { pinning: 'impossible' }), []);
  assert.deepEqual(reasons(sound, { governor: 'schedutil' }), ['frequency-scaling']);
  assert.deepEqual(reasons(sound, { roundsWanted: 6 }), ['too-few-rounds']);
  assert.deepEqual(reasons(sound, differing(['404 for 200'], ['server: nginx'])), ['different-bytes']);
  assert.deepEqual(reasons(sound, differing([], ['server: nginx'])), ['different-headers']);
});

test('a generator with several threads may use several cores', () => {
  const busy = rounds([100, 100, 100, 100, 100]).map((sample) => ({ ...sample, clientCpuShare: 1.5 }));
  assert.deepEqual(reasons(busy), ['client-saturated']);
  assert.deepEqual(reasons(busy, { clientThreads: 2 }), []);
});

test('failed requests are no doubt where they are what is measured', () => {
  const failing = rounds([100, 100, 100, 100, 100]).map((sample) => ({
    ...sample,
    failures: { ...failures, reset: 2 },
  }));
  assert.deepEqual(reasons(failing), ['requests-failed']);
  assert.deepEqual(reasons(failing, { failuresAreMeant: true }), []);
});

test('only the spread of figures of which more or less is better counts', () => {
  assert.deepEqual(reasons(rounds([100, 150, 100, 100, 100])), ['wide-spread']);
  assert.deepEqual(reasons(rounds([100, 150, 100, 100, 100], 'plain', 'spare')), []);
  assert.deepEqual(reasons(rounds([0, 1, 0, 0, 0])), []);
});

test('rounds that get slower one after the other are a drift, in whatever rival, and random ones are none', () => {
  assert.deepEqual(reasons([...rounds([100, 97, 94, 91, 88]), ...rounds([50, 49, 47, 45, 43], 'idle')]), ['drift']);
  assert.match(warningsOf(rounds([88, 91, 94, 97, 100]), facts)[0]?.detail ?? '', /^Requests: 10 % more in the later/);
  assert.deepEqual(reasons(rounds([100, 91, 97, 88, 94])), []);
  assert.deepEqual(reasons(rounds([100, 99, 98, 97, 96])), [], 'seen, but too small to matter');
});

test('a rival that is slower in one round only does not make a drift of all', () => {
  const steady = ['plain', 'idle', 'shared'].flatMap((rival) => rounds([100, 100, 100, 100, 100], rival));
  assert.deepEqual(reasons([...steady, ...rounds([100, 99, 96, 92, 90], 'late')]), []);
});

test('the trend is significant for five values in order, and not for five with one pair exchanged', () => {
  assert.ok(trend([1, 2, 3, 4, 5]) > 1.96);
  assert.ok(trend([5, 4, 3, 2, 1]) < -1.96);
  assert.ok(trend([1, 2, 3, 5, 4]) < 1.96);
  assert.equal(trend([7]), 0);
  assert.equal(trend([3, 3, 3]), 0);
});

test('what voids a figure is told from what blurs it, and unknown reasons of other versions void nothing', () => {
  assert.ok(isVoiding({ reason: 'client-saturated' }));
  assert.ok(isVoiding({ reason: 'different-bytes' }));
  assert.ok(!isVoiding({ reason: 'wide-spread' }));
  assert.ok(!isVoiding({ reason: 'of-tomorrow' }));
  assert.ok(!isVoiding({ reason: 'toString' }));
});

test('warnings of one reason are told together, with their remedy once', () => {
  const late = rounds([100, 100, 100, 100, 100]).map((sample) => ({ ...sample, clientLagP99Ms: 3 }));
  const text = renderWarnings(
    warningsOf([...late, ...late.map((sample) => ({ ...sample, rival: 'idle', variant: '' }))], facts),
  );
  assert.equal(
    text,
    'warning client-late: The load generator had no core when it was due, and its delay is in every figure: use more ' +
      'cores.\n  64 at a time, plain: p99 of its lag > 2 ms in 5 of 5 rounds\n  idle: p99 of its lag > 2 ms in 5 of 5 rounds',
  );
});
