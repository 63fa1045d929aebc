import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FLAG } from '../../src/state/layout.js';
import { addon } from './kernel-support.js';
import { TestPage } from './page-support.js';
import { keepsDescriptors, until } from './support.js';

/** The ages below grow while a test runs, all alike. */
const RESCUE_AFTER_MS = 2_000;

/** More than there are loops. */
const MANY = 64;

const none = () => undefined;

/** Slots whose loops are in turns of that age in milliseconds, or wait (null), under a watch. */
async function watched(
  ages: readonly (number | null)[],
  processors: number,
  check: (page: TestPage, looked: () => Promise<void>) => Promise<void>,
): Promise<void> {
  await keepsDescriptors(async () => {
    const page = new TestPage();
    const slots = ages.map((age, slot) => {
      page.set(slot, 'flags', FLAG.ready);
      page.set(slot, 'busySinceNs', age === null ? 0 : addon.monotonicNs() - BigInt(age * 1e6));
      return slot;
    });
    const handlers = { onStuck: none, onStuckSet: none, onStale: none };
    const watch = new addon.Watch({
      page: page.buffer,
      wakeFd: page.wakeFd,
      rescueAfterMs: RESCUE_AFTER_MS,
      processors,
      ...handlers,
    });
    const looked = async () => {
      const before = watch.cost().wakeUps;
      watch.setRows(slots.map((slot) => ({ slot, fds: [] })));
      await until(
        () => watch.cost().wakeUps > before + 1,
        () => 'the watch does not look',
      );
    };
    try {
      await check(page, looked);
    } finally {
      watch.stop();
      page.close();
    }
  });
}

test('where every loop is in a long turn none of them stands out, until another waits', () =>
  watched([2 * RESCUE_AFTER_MS, RESCUE_AFTER_MS, 1.5 * RESCUE_AFTER_MS], MANY, async (page, looked) => {
    await looked();
    assert.deepEqual([page.isStuck(0), page.isStuck(1), page.isStuck(2)], [false, false, false]);
    page.set(1, 'busySinceNs', 0);
    await until(
      () => page.isStuck(0) && page.isStuck(2),
      () => `flags ${page.get(0, 'flags')} ${page.get(2, 'flags')}`,
    );
    assert.ok(!page.isStuck(1));
  }));

test('a turn that stands out among long ones is stuck', () =>
  watched([10 * RESCUE_AFTER_MS, RESCUE_AFTER_MS], MANY, async (page, looked) => {
    await looked();
    assert.deepEqual([page.isStuck(0), page.isStuck(1)], [true, false]);
  }));

test('a turn of twenty times rescueAfterMs is stuck among any others', () =>
  watched([21 * RESCUE_AFTER_MS, 20.5 * RESCUE_AFTER_MS], MANY, async (page, looked) => {
    await looked();
    assert.deepEqual([page.isStuck(0), page.isStuck(1)], [true, true]);
  }));

test('the only loop is measured by rescueAfterMs alone', () =>
  watched([1.1 * RESCUE_AFTER_MS], MANY, async (page, looked) => {
    await looked();
    assert.ok(page.isStuck(0));
  }));

test('while as many loops are busy as there are processors, a turn may be four times as long', () =>
  watched([2 * RESCUE_AFTER_MS, 0, null], 2, async (page, looked) => {
    await looked();
    assert.deepEqual([page.isStuck(0), page.isStuck(1)], [false, false]);
    page.set(1, 'busySinceNs', 0);
    await until(
      () => page.isStuck(0),
      () => `flags ${page.get(0, 'flags')}`,
    );
  }));

test('a turn of more than that is stuck, however many loops are busy', () =>
  watched([4.5 * RESCUE_AFTER_MS, 0, null], 2, async (page, looked) => {
    await looked();
    assert.deepEqual([page.isStuck(0), page.isStuck(1)], [true, false]);
  }));
