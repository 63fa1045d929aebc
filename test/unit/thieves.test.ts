import assert from 'node:assert/strict';
import { test } from 'node:test';

import { divide, type LoopReading, takersFor } from '../../src/supervisor/thieves.js';

function loop(slot: number, queued: number, rest: Partial<LoopReading> = {}): LoopReading {
  return { slot, usable: true, busySinceNs: 1, queued, openConnections: 0, ...rest };
}

function shares(queued: number, takers: readonly LoopReading[], isGone = false): Record<number, number> {
  return Object.fromEntries(divide(queued, takers, isGone).map(({ slot, connections }) => [slot, connections]));
}

test('neither the slot itself nor an unusable one takes over', () => {
  const loops = [loop(0, 0), loop(1, 0, { usable: false }), loop(2, 0)];
  assert.deepEqual(
    takersFor(0, loops).map(({ slot }) => slot),
    [2],
  );
});

test('loops that wait take all in equal shares, those with the fewest connections first', () => {
  const takers = [
    loop(1, 0, { busySinceNs: 0, openConnections: 5 }),
    loop(2, 0, { busySinceNs: 0, openConnections: 1 }),
    loop(3, 0),
    loop(4, 1, { busySinceNs: 0 }),
  ];
  assert.deepEqual(shares(9, takers), { 2: 5, 1: 5 });
  assert.deepEqual(shares(1, takers), { 2: 1 });
});

test('where none waits, the queues are evened out and no more', () => {
  assert.deepEqual(shares(9, [loop(1, 0), loop(2, 3)]), { 1: 4, 2: 1 });
  assert.deepEqual(shares(9, [loop(1, 20), loop(2, 3)]), { 2: 3 });
  assert.deepEqual(shares(4, [loop(1, 4), loop(2, 9)]), {});
  assert.deepEqual(shares(1, [loop(1, 0), loop(2, 0)]), { 1: 1 }, 'a single one is not left behind');
  assert.deepEqual(shares(1, [loop(1, 1)]), {});
});

test('a loop that is gone leaves everything to those that turn', () => {
  assert.deepEqual(shares(4, [loop(1, 4), loop(2, 9)], true), { 1: 2, 2: 2 });
  assert.deepEqual(shares(4, [], true), {});
});

test('no queue grows beyond what is left behind, whatever the queues are', () => {
  for (let queued = 1; queued <= 40; queued += 1) {
    for (const pending of [[0], [1, 2], [0, 0, 7], [5, 5, 5], [40, 0, 1, 2]]) {
      const found = divide(
        queued,
        pending.map((waiting, slot) => loop(slot, waiting)),
        false,
      );
      const moved = found.reduce((sum, { connections }) => sum + connections, 0);
      for (const { slot, connections } of found) {
        const after = (pending[slot] ?? 0) + connections;
        assert.ok(after <= Math.max(1, queued - moved + found.length + 1), JSON.stringify({ queued, pending, found }));
      }
    }
  }
});
