import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '../../src/observe/log.js';
import type { Hold, LiveOptions, LiveValues } from '../../src/supervisor/legacy.js';
import { inheritChanges, LiveChanges } from '../../src/supervisor/live-changes.js';
import type { SizeChange } from '../../src/supervisor/state.js';

const BEFORE: LiveOptions = { workers: '2', steer: 'auto' };
const CHANGED: LiveValues = { workers: 5, steer: 'random' };
const NOTHING: LiveValues = { workers: null, steer: null };

for (const [what, now, kept, dropped] of [
  ['the same options keep both', BEFORE, CHANGED, NOTHING],
  [
    'another number of workers is the newer word',
    { workers: '3', steer: 'auto' },
    { workers: null, steer: 'random' },
    { workers: 5, steer: null },
  ],
  [
    'so is another policy',
    { workers: '2', steer: 'idle' },
    { workers: 5, steer: null },
    { workers: null, steer: 'random' },
  ],
  ['"auto" is another option than a number', { workers: 'auto', steer: 'hash' }, NOTHING, CHANGED],
] as const) {
  test(`live changes under the next master: ${what}`, () => {
    assert.deepEqual(inheritChanges({ configured: BEFORE, changed: CHANGED }, now), { kept, dropped });
  });
}

interface Heirloom {
  denies?: boolean;
  range?: { min: number; max: number } | null;
  hold?: Hold | null;
  lastChange?: SizeChange | null;
}

/** A master with two workers and `hash`, that has inherited `changed`. */
function heir(
  changed: LiveValues,
  configured: LiveOptions,
  { denies = false, range = null, hold = null, lastChange = null }: Heirloom = {},
) {
  const said: string[] = [];
  const note = (_: object, message: string) => void said.push(message);
  const log = { info: note, warn: note } as unknown as Logger;
  let steer = configured.steer;
  const live: LiveChanges = new LiveChanges(log, configured, {
    workers: { configured: 2, range, wanted: () => live.workersAtStart([]), lastChange: () => lastChange },
    clockBeganAtMs: 5_000,
    steer: () => steer,
    setSteer: (policy) => {
      if (denies) throw new Error('it needs CAP_BPF');
      steer = policy;
    },
  });
  const workers = range === null ? '2' : `${range.min}..${range.max}`;
  live.inherit({ configured: { workers, steer: 'hash' }, changed, hold, orders: [] });
  return { live, said };
}

test('what is kept is told to the next master again, in the status, and in one line of the log', () => {
  const { live, said } = heir(CHANGED, { workers: '2', steer: 'hash' });
  assert.deepEqual(live.legacy, { configured: { workers: '2', steer: 'hash' }, changed: CHANGED, hold: null });
  assert.deepEqual(live.inForce, [
    { option: 'workers', configured: '2', now: '5' },
    { option: 'steer', configured: 'hash', now: 'random' },
  ]);
  assert.deepEqual(said, ['what was changed live is kept: workers 5, steer random']);
});

test('what is given up is said with the reason', () => {
  const { live, said } = heir(CHANGED, { workers: 'auto', steer: 'hash' });
  assert.deepEqual([live.workersAtStart([0, 1, 2]), live.inForce.map(({ option }) => option)], [2, ['steer']]);
  assert.deepEqual(said, [
    'what was changed live is kept: steer random; given up: workers 5, because the option is another now',
  ]);
});

test('a policy that is denied to the next master is given up, and the configured one used', () => {
  const { live, said } = heir(CHANGED, { workers: '2', steer: 'hash' }, { denies: true });
  assert.deepEqual(live.inForce, [{ option: 'workers', configured: '2', now: '5' }]);
  assert.deepEqual(said, ['what was changed live is kept: workers 5; given up: steer random (it needs CAP_BPF)']);
});

test('without changes nothing is said', () => {
  assert.deepEqual(heir(NOTHING, { workers: '3', steer: 'idle' }).said, []);
});

test('a range keeps as many workers as there are, and has no live change of them', () => {
  const { live, said } = heir(CHANGED, { workers: '2..4', steer: 'hash' }, { range: { min: 2, max: 4 } });
  assert.deepEqual(
    [[], [0], [0, 1, 2], [0, 2], [0, 1, 2, 3, 4, 5]].map((serving) => live.workersAtStart(serving)),
    [2, 2, 3, 3, 4],
  );
  assert.deepEqual(live.legacy.changed, { workers: null, steer: 'random' });
  assert.deepEqual(said, ['what was changed live is kept: steer random']);
});

test('what was asked for within a range is held on to, by the clock of the next master', () => {
  const range = { min: 2, max: 4 };
  const hold = { from: 2, to: 4, atMs: 4_000 };
  const lastChange = { from: 2, to: 4, by: 'operator', why: null, atMs: -1_000 } as const;
  const heldBy = (workers: string, change: SizeChange | null) => {
    return heir(NOTHING, { workers, steer: 'hash' }, { range, hold, lastChange: change }).live;
  };
  assert.deepEqual(heldBy('2..4', lastChange).changeAtStart, lastChange);
  assert.deepEqual(heldBy('2..4', lastChange).legacy.hold, hold);
  assert.equal(heldBy('2..5', lastChange).changeAtStart, null);
  assert.equal(heldBy('2..4', { ...lastChange, by: 'load' }).legacy.hold, null);
});
