import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as check, constant, integer, oneof, property, record } from 'fast-check';
import { Ledger } from '../../src/worker/handover/ledger.js';

test('of a batch the first so many are released and the rest taken back', () => {
  const ledger = new Ledger<string, string>();
  const id = ledger.give(['a', 'b', 'c'], 0);
  assert.equal(ledger.waiting, 1);
  assert.deepEqual(ledger.answered(id, 2), { release: ['a', 'b'], takeBack: ['c'] });
  assert.equal(ledger.answered(id, 3), null, 'answered already');
  assert.equal(ledger.waiting, 0);
});

test('of what was released something is kept until it is adopted, or its adoption is overdue', () => {
  const ledger = new Ledger<string, string>();
  const [first, second] = [ledger.give(['a', 'b'], 0), ledger.give(['c'], 0)];
  for (const [id, sinceMs] of [
    [first, 1_000],
    [second, 1_200],
  ] as const) {
    ledger.answered(id, 1);
    ledger.released(id, `kept ${id}`, sinceMs);
  }
  assert.deepEqual([ledger.waiting, ledger.unadopted, ledger.isOverdue(2_000)], [0, 2, false]);
  assert.deepEqual(ledger.overdueAdoptions(999), []);
  assert.deepEqual(ledger.adopted(first), ['kept 1']);
  assert.deepEqual(ledger.adopted(first), [], 'adopted already');
  assert.deepEqual(ledger.overdueAdoptions(1_100), []);
  assert.deepEqual(ledger.overdueAdoptions(1_200), ['kept 2']);
  assert.deepEqual([ledger.unadopted, ledger.endReleased()], [0, []]);
});

test('an answer is overdue for as long as its batch waits', () => {
  const ledger = new Ledger<string, string>();
  const id = ledger.give(['a'], 1_000);
  ledger.give(['b'], 1_200);
  assert.equal(ledger.isOverdue(999), false);
  assert.equal(ledger.isOverdue(1_000), true);
  ledger.answered(id, 1);
  assert.equal(ledger.isOverdue(1_100), false);
});

test('whatever the receiver answers, each connection ends up adopted or taken back, once', () => {
  const step = oneof(
    record({ type: constant('give' as const), size: integer({ min: 0, max: 16 }) }),
    record({
      type: constant('answer' as const),
      id: integer({ min: 0, max: 12 }),
      count: integer({ min: 0, max: 20 }),
    }),
    record({ type: constant('adopt' as const), id: integer({ min: 0, max: 12 }) }),
  );
  check(
    property(array(step), (steps) => {
      const ledger = new Ledger<number, readonly number[]>();
      let next = 0;
      const ends: number[] = [];
      for (const action of steps) {
        if (action.type === 'give') {
          const size = action.size;
          ledger.give(
            Array.from({ length: size }, () => next++),
            0,
          );
        } else if (action.type === 'answer') {
          const { release = [], takeBack = [] } = ledger.answered(action.id, action.count) ?? {};
          ends.push(...takeBack);
          if (release.length > 0) ledger.released(action.id, release, 0);
        } else ends.push(...ledger.adopted(action.id).flat());
      }
      ends.push(...ledger.takeBackAll(), ...ledger.endReleased().flat());
      assert.deepEqual(
        ends.toSorted((a, b) => a - b),
        Array.from({ length: next }, (_, index) => index),
      );
      assert.equal(ledger.isOpen, false);
    }),
  );
});
