import assert from 'node:assert/strict';
import { test } from 'node:test';

import { offsetOf } from '../../src/state/layout.js';
import { noBpf } from './kernel-support.js';
import { SteeredGroup } from './steered-group.js';
import { keepsDescriptors } from './support.js';

interface Loop {
  /** Since when, 0 is idle. */
  busy: number;
  open: number;
  waiting: number;
}

const idle = (open: number): Loop => ({ busy: 0, open, waiting: 0 });
const busy = (open: number, waiting = 0): Loop => ({ busy: 1, open, waiting });

const fields = { assigned: 'waiting', openConnections: 'open', busySinceNs: 'busy' } as const;

/** Whom `idle` chooses for one connection where the loops' rows say that. */
async function assertChosen(loops: readonly Loop[], expected: number): Promise<void> {
  const group = new SteeredGroup('idle', loops.length);
  try {
    const longs = new BigUint64Array(group.page.buffer);
    for (const [slot, loop] of loops.entries()) {
      for (const [field, of] of Object.entries(fields)) {
        longs[offsetOf(slot, field as keyof typeof fields) / 8] = BigInt(loop[of]);
      }
    }
    assert.equal((await group.connect(1)).indexOf(1), expected);
  } finally {
    group.close();
  }
}

const cases: { name: string; loops: Loop[]; expected: number }[] = [
  { name: 'an idle loop before a busy one with fewer connections', loops: [busy(0), idle(1)], expected: 1 },
  { name: 'not an idle loop with far more connections', loops: [busy(0), idle(3)], expected: 0 },
  { name: 'an eighth more is not far more', loops: [busy(100), idle(113)], expected: 1 },
  { name: 'and what is beyond it is', loops: [busy(100), idle(115)], expected: 0 },
  { name: 'what waits counts for a busy loop', loops: [busy(0, 1), idle(5)], expected: 1 },
  { name: 'as four connections where it is one', loops: [busy(0, 1), idle(7)], expected: 0 },
  { name: 'and as hundreds where it is ten', loops: [busy(0, 10), idle(400)], expected: 1 },
  { name: 'among idle loops the one with the fewest connections', loops: [idle(3), idle(2), idle(4)], expected: 1 },
  { name: 'among busy ones, too', loops: [busy(3), busy(2), busy(4)], expected: 1 },
  { name: 'where none is idle rather some open than one that waits', loops: [busy(3, 1), busy(2)], expected: 1 },
  { name: 'but not hundreds', loops: [busy(3, 1), busy(900)], expected: 0 },
];

for (const { name, loops, expected } of cases) {
  test(`idle chooses: ${name}`, { skip: noBpf }, () => keepsDescriptors(() => assertChosen(loops, expected)));
}
