import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Experiences, judge, type Load, type Move, moved } from '../../src/supervisor/imbalance.js';
import { SimulatedLoops } from '../helpers/simulated-loops.js';

/** Loads of slots 0, 1, …, whose workers are numbered from 1. */
function loadsOf(demands: readonly number[], more: Partial<Load> = {}): Load[] {
  return demands.map((demand, slot) => {
    return { slot, worker: slot + 1, demand, openConnections: 8, takes: true, ...more };
  });
}

/** Gives these readings until one of them has moves, and tells which and what. */
function readings(all: readonly Load[][]): { at: number; moves: Move[]; experiences: Experiences } {
  let experiences: Experiences = new Map();
  for (const [at, loads] of all.entries()) {
    const judgement = judge(experiences, loads, at * 250);
    experiences = judgement.experiences;
    if (judgement.moves.length > 0) return { at, moves: judgement.moves, experiences };
  }
  return { at: -1, moves: [], experiences };
}

const twice = (loads: Load[]) => readings([loads, loads]);

test('a loop that is busier than another in two readings on end gives, to the mean of both', () => {
  const { at, moves } = readings([loadsOf([1, 0]), loadsOf([1, 0])]);
  assert.equal(at, 1);
  assert.deepEqual(moves, [{ slot: 0, worker: 1, receivers: [{ slot: 1, worker: 2, part: 0.5 }] }]);
});

test('a reading between that says otherwise begins anew', () => {
  const skewed = loadsOf([1, 0]);
  assert.equal(readings([skewed, loadsOf([0.5, 0]), skewed, loadsOf([1, 0.9]), skewed]).at, -1);
});

test('loops that are about even, or not busy, are left alone', () => {
  for (const demands of [
    [1, 1],
    [1, 0.75],
    [0.55, 0],
    [0, 0],
  ])
    assert.equal(twice(loadsOf(demands)).at, -1);
});

test('several receivers get what takes each to the mean of all', () => {
  const { moves } = twice(loadsOf([0.9, 0, 0.3, 0.85]));
  assert.deepEqual(
    moves[0]?.receivers.map(({ slot, part }) => [slot, Number((part * 0.9).toFixed(3))]),
    [
      [1, 0.4],
      [2, 0.1],
    ],
  );
});

test('no more receive than four, and than there are connections to give beside one', () => {
  assert.equal(twice(loadsOf([1, 0, 0, 0, 0, 0, 0])).moves[0]?.receivers.length, 4);
  assert.equal(twice(loadsOf([1, 0, 0, 0], { openConnections: 3 })).moves[0]?.receivers.length, 2);
});

test('a single connection, or loops that may get nothing, make no move', () => {
  assert.equal(twice(loadsOf([1, 0], { openConnections: 1 })).at, -1);
  assert.equal(twice(loadsOf([1, 0], { takes: false })).at, -1);
});

test('two busy loops share no receiver', () => {
  const { moves } = twice(loadsOf([1, 1, 0, 0]));
  assert.equal(moves.length, 1);
  assert.deepEqual(new Set(moves[0]?.receivers.map(({ slot }) => slot)), new Set([2, 3]));
});

test('while a move is under way, and for two readings after it, its loops are left alone', () => {
  const skewed = loadsOf([1, 0]);
  const first = twice(skewed);
  const [move] = first.moves;
  assert.ok(move !== undefined);
  const during = judge(first.experiences, skewed, 500);
  assert.deepEqual([during.moves, during.suspects], [[], true]);
  let experiences = moved(during.experiences, move, 4, 600);
  for (let reading = 0; reading < 3; reading += 1) {
    const judgement = judge(experiences, skewed, 750 + reading * 250);
    assert.deepEqual(judgement.moves, []);
    experiences = judgement.experiences;
  }
});

test('after moves without a gain it waits ever longer', () => {
  const skewed = loadsOf([1, 0]);
  let experiences: Experiences = new Map();
  const movesAtMs: number[] = [];
  for (let nowMs = 0; nowMs < 120_000; nowMs += 250) {
    const judgement = judge(experiences, skewed, nowMs);
    experiences = judgement.experiences;
    for (const move of judgement.moves) {
      movesAtMs.push(nowMs);
      // Some have left, and nothing has changed.
      experiences = moved(experiences, move, 1, nowMs);
    }
  }
  const waits = movesAtMs.slice(1).map((at, index) => at - (movesAtMs[index] ?? 0));
  assert.ok(waits.length >= 3 && (waits[0] ?? 0) >= 5_000, waits.join());
  assert.ok(
    waits.every((wait, index) => index === 0 || wait >= (waits[index - 1] ?? 0) * 1.5),
    waits.join(),
  );
});

test('where nothing could be given it waits as well, and is not looked at soon', () => {
  const skewed = loadsOf([1, 0]);
  const { moves, experiences } = twice(skewed);
  const [move] = moves;
  assert.ok(move !== undefined);
  const after = judge(moved(experiences, move, 0, 500), skewed, 750);
  assert.deepEqual([after.moves, after.suspects], [[], false]);
});

test('a worker in the place of another is judged anew', () => {
  const loads = loadsOf([1, 0]);
  const [first, second] = loads;
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(readings([loads, [{ ...first, worker: 9 }, second]]).at, -1);
});

test('a suspicion is looked into once', () => {
  const mild = loadsOf([0.4, 0.1]);
  const first = judge(new Map(), mild, 0);
  const second = judge(first.experiences, mild, 250);
  assert.deepEqual([first.suspects, second.suspects], [true, false]);
});

test('a connection that alone fills a loop is not moved about, those beside it are', () => {
  const loops = new SimulatedLoops([[3, 0.2, 0.2], []]);
  loops.look(100);
  assert.deepEqual(loops.loops, [[3], [0.2, 0.2]]);
});

test('eight equal connections of one loop are spread over two, and over eight', () => {
  const two = new SimulatedLoops([Array.from({ length: 8 }, () => 0.5), []]);
  two.look(8);
  assert.deepEqual(
    two.loops.map(({ length }) => length),
    [4, 4],
  );
  const eight = new SimulatedLoops([Array.from({ length: 8 }, () => 1), [], [], [], [], [], [], []]);
  eight.look(40);
  assert.deepEqual(
    eight.loops.map(({ length }) => length),
    [1, 1, 1, 1, 1, 1, 1, 1],
  );
});
