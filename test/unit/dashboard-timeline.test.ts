// What the dashboard makes of two snapshots: rates, looks, and what has happened.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookOf } from '../../src/observe/dashboard/view/looks.js';
import { type Sample, sampleOf } from '../../src/observe/dashboard/view/sample.js';
import type { Snapshot } from '../../src/observe/dashboard/view/snapshot.js';
import { EMPTY_TIMELINE, follow, type Timeline } from '../../src/observe/dashboard/view/timeline.js';
import { queueShare, sentenceOf } from '../../src/observe/dashboard/view/words.js';
import { slotSnapshot, snapshot } from '../helpers/dashboard.js';

function followed(...snapshots: readonly Snapshot[]): Timeline {
  let timeline = EMPTY_TIMELINE;
  let former: Sample | null = null;
  for (const each of snapshots) {
    const sample: Sample = sampleOf(each, former?.snapshot ?? null);
    timeline = follow(timeline, sample, former);
    former = sample;
  }
  return timeline;
}

const look = (now: object, before?: object) =>
  lookOf(slotSnapshot(0, now), before === undefined ? undefined : slotSnapshot(0, before));

const two = (generations: readonly number[]) =>
  generations.map((generation, slot) => slotSnapshot(slot, { generation, pid: 100 * generation + slot }));

const texts = (...snapshots: readonly Snapshot[]) => followed(...snapshots).entries.map(({ text }) => text);

test('rates are what one worker has done between two snapshots', () => {
  const before = snapshot(1_000, [slotSnapshot(0, { accepted: 10, requests: 20, drops: 1 }), slotSnapshot(1)]);
  const after = snapshot(3_000, [
    slotSnapshot(0, { accepted: 30, requests: 120, drops: 3, open: 4, queued: 2 }),
    slotSnapshot(1, { pid: 5_000, accepted: 7 }),
  ]);
  const sample = sampleOf(after, before);
  assert.deepEqual(
    sample.slots.map(({ acceptedRate, requestRate }) => [acceptedRate, requestRate]),
    [
      [10, 50],
      [null, null],
    ],
  );
  const { acceptedRate, requestRate, dropRate, open, queued } = sample;
  assert.deepEqual({ acceptedRate, requestRate, dropRate, open, queued }, { acceptedRate: 10, requestRate: 50, dropRate: 1, open: 4, queued: 2 }); // prettier-ignore
});

test('there is no rate at first, nor over a gap, nor from one master to the next', () => {
  const now = snapshot(9_000, [slotSnapshot(0, { accepted: 100 })]);
  const earlier = snapshot(8_000, [slotSnapshot(0)]);
  for (const before of [null, { ...earlier, atMs: 1_000 }, { ...earlier, pid: 99 }, { ...earlier, atMs: 9_000 }]) {
    assert.equal(sampleOf(now, before).slots[0]?.acceptedRate, null);
  }
  assert.equal(sampleOf(now, earlier).slots[0]?.acceptedRate, 100);
});

test('a loop looks stuck when it stands still, and not for a moment in which steering passes it over', () => {
  assert.equal(look({}), 'idle');
  assert.equal(look({ busyShare: 0.5, turnMs: 40 }), 'busy');
  assert.equal(look({ turnMs: 1_000 }), 'stuck');
  assert.equal(look({ isStopped: true }), 'stuck');
  assert.equal(look({ state: 'stuck', busyShare: 0.5, turns: 8 }), 'busy');
  assert.equal(look({ state: 'stuck', busyShare: 0.5, turns: 8 }, { turns: 7 }), 'busy');
  assert.equal(look({ state: 'stuck', turns: 8 }, { turns: 8 }), 'stuck');
  assert.equal(look({ state: 'stuck', turns: 8 }, { turns: 8, pid: 5 }), 'idle');
  for (const state of ['starting', 'draining'] as const) assert.equal(look({ state }), state);
  for (const state of ['backoff', 'exited'] as const) assert.equal(look({ state, pid: null }), 'down');
});

test('a reload is an entry when it begins and when it ends, and a bar that grows', () => {
  const running = { generation: 2, reloadRunning: true };
  const begun = [
    snapshot(1_000, two([1, 1])),
    snapshot(2_000, two([1, 1]), running),
    snapshot(3_000, two([2, 1]), running),
  ];
  assert.deepEqual(followed(...begun).reloads, [
    { generation: 2, startMs: 2_000, endMs: null, outcome: 'running', replaced: [0] },
  ]);
  const lastReload = { generation: 2, complete: true, endedAtMs: 3_700, tookMs: 1_900 };
  const all = [...begun, snapshot(4_000, two([2, 2]), { generation: 2, lastReload })];
  assert.deepEqual(followed(...all).reloads, [
    { generation: 2, startMs: 1_800, endMs: 3_700, outcome: 'complete', replaced: [0, 1] },
  ]);
  assert.deepEqual(texts(...all), [
    'reload to generation 2 begins',
    'slot 0: pid 200 serves, generation 2',
    'reload to generation 2 complete, after 1.9 s',
    'slot 1: pid 201 serves, generation 2',
  ]);
});

test('a reload that nobody watched is told by who comes later, once', () => {
  const lastReload = { generation: 3, complete: false, endedAtMs: 500, tookMs: 200 };
  const timeline = followed(snapshot(1_000, [], { lastReload }), snapshot(2_000, [], { lastReload }));
  assert.deepEqual(timeline.entries, [
    {
      atMs: 500,
      kind: 'trouble',
      text: 'reload to generation 3 aborted: what was not replaced serves on, after 0.2 s',
    },
  ]);
  assert.deepEqual(timeline.reloads.map(({ startMs, endMs, outcome }) => [startMs, endMs, outcome]), [[300, 500, 'aborted']]); // prettier-ignore
});

test('troubles, changes, and another master are told', () => {
  const before = snapshot(1_000, [slotSnapshot(0), slotSnapshot(1)]);
  const cases: [string[], Partial<Snapshot>][] = [
    [[], {}],
    [['slot 0 is stuck (pid 1000)'], { slots: [slotSnapshot(0, { isStopped: true }), slotSnapshot(1)] }],
    [
      ['slot 1: a worker ended unasked (2 times)', 'slot 1: pid 7 serves, generation 1'],
      { slots: [slotSnapshot(0), slotSnapshot(1, { exits: { crash: 2 }, pid: 7 })] },
    ],
    [
      ['slot 1: pid 7 serves, generation 2'],
      { slots: [slotSnapshot(0), slotSnapshot(1, { pid: 7, generation: 2, state: 'stuck' })] },
    ],
    [['slot 0: a worker never got ready'], { slots: [slotSnapshot(0, { exits: { 'not-ready': 1, reload: 4 } })] }],
    [['3 connections dropped: an accept queue was full'], { slots: [slotSnapshot(0, { drops: 3 })] }],
    [['steering is two-choice now'], { steer: { asked: 'two-choice', used: 'two-choice' } }],
    [['3 slots, after 2'], { wanted: 3 }],
    [['the service is stopping'], { phase: 'stopping' }],
    [['another master is in charge: pid 11, reuseport 1.0.1'], { pid: 11, version: '1.0.1' }],
    [['not watched for 2m00s'], { atMs: 121_000 }],
  ];
  for (const [expected, fields] of cases) {
    assert.deepEqual(texts(before, { ...before, atMs: 2_000, ...fields }), expected);
  }
});

test('a loop that goes on is told, too', () => {
  const [fine, stopped] = [slotSnapshot(0), slotSnapshot(0, { isStopped: true })];
  const told = texts(
    snapshot(1_000, [fine]),
    snapshot(2_000, [stopped]),
    snapshot(3_000, [stopped]),
    snapshot(4_000, [fine]),
  );
  assert.deepEqual(told, ['slot 0 is stuck (pid 1000)', 'slot 0 is not stuck any more']);
});

test('a timeline forgets what is old', () => {
  const snapshots = Array.from({ length: 300 }, (_, index) => snapshot(index, [], { wanted: index }));
  assert.equal(followed(...snapshots).entries.length, 200);
  assert.equal(followed(...snapshots).entries.at(-1)?.text, '299 slots, after 298');
});

test('the bar of a queue shows the first that wait, and never more than all', () => {
  assert.equal(queueShare({ queued: 0, queueLimit: 4_096 }), 0);
  assert.ok(queueShare({ queued: 1, queueLimit: 4_096 }) > 0.05);
  assert.equal(queueShare({ queued: 4_096, queueLimit: 4_096 }), 1);
  assert.equal(queueShare({ queued: 9, queueLimit: 0 }), 1);
});

test('a slot is said in a sentence', () => {
  const [slot] = sampleOf(
    snapshot(1, [slotSnapshot(3, { busyShare: 0.45, queued: 12, open: 7, draining: 1 })]),
    null,
  ).slots;
  assert.ok(slot !== undefined);
  assert.equal(
    sentenceOf(slot),
    'Slot 3: busy, 1 former worker draining, loop 45 %, – accepts per second, 12 queued, 7 open',
  );
});
