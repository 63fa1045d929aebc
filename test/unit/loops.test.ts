import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLoops } from '../../src/supervisor/loops.js';

type State = 'usable' | 'stuck' | 'leaving' | 'leaving stuck' | 'down';

/** Slots that may be given what waits for others, of a service whose slots are in these states. */
function takers(states: State[], { weights = states.map(() => 1), there = [0, 1, 2, 3] } = {}): number[] {
  const page = {
    isUsable: (slot: number) => states[slot] === 'usable',
    isServing: (slot: number) => states[slot] === 'usable' || states[slot] === 'stuck',
    isLeaving: (slot: number) => states[slot] === 'leaving',
    weight: (slot: number) => weights[slot] ?? 0,
    read: () => 0,
  };
  const loops = readLoops(page, [...states.keys()], {
    isThere: (slot) => there.includes(slot),
    queued: (slot) => 10 + slot,
  });
  assert.ok(loops.every(({ slot, usable, queued }) => queued === (usable ? 10 + slot : 0)));
  return loops.filter(({ usable }) => usable).map(({ slot }) => slot);
}

test('those take over that may be chosen, and none that leaves while there is one', () => {
  assert.deepEqual(takers(['usable', 'leaving', 'down', 'stuck']), [0]);
});

test('a slot of weight 0 takes nothing while another serves, though that be stuck', () => {
  assert.deepEqual(takers(['usable', 'usable'], { weights: [0, 1] }), [1]);
  assert.deepEqual(takers(['usable', 'stuck'], { weights: [0, 1] }), []);
  assert.deepEqual(takers(['usable', 'down'], { weights: [0, 1] }), [0]);
});

test('where all leave, those take over that can still be asked, and are not stuck', () => {
  assert.deepEqual(takers(['leaving', 'leaving', 'leaving stuck', 'down'], { there: [1, 2] }), [1]);
});
