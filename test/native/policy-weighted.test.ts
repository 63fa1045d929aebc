import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addon, noBpf } from './kernel-support.js';
import { programIds, SteeredGroup } from './steered-group.js';
import { keepsDescriptors } from './support.js';

/** Runs `action` on a group of that policy, and closes it. */
const steered = (policy: string, slots: number, action: (group: SteeredGroup) => Promise<void>) => () =>
  keepsDescriptors(async () => {
    const group = new SteeredGroup(policy, slots);
    try {
      await action(group);
    } finally {
      group.close();
    }
  });

function assertNear(found: readonly number[], expected: readonly number[], off: number): void {
  found.forEach((count, slot) => {
    const wanted = expected[slot] ?? 0;
    assert.ok(Math.abs(count - wanted) <= off, `found ${String(found)}, expected ${String(expected)} ± ${off}`);
  });
}

test(
  'weights are kept exactly over full rounds, and a slot without one has 1',
  { skip: noBpf },
  steered('weighted:1,2,5', 4, async (group) => {
    assert.deepEqual(await group.connect(90), [10, 20, 50, 10]);
  }),
);

test(
  'other weights hold from the next SYN on, without another program',
  { skip: noBpf },
  steered('weighted:1,2,5', 3, async (group) => {
    await group.connect(41);
    const before = programIds();
    assert.equal(before.length, 1);
    assert.equal(group.steering.steer('weighted:5,2,1').used, 'weighted:5,2,1');
    assert.deepEqual(programIds(), before);
    assertNear(await group.connect(80), [50, 20, 10], 2);
    group.steering.steer('weighted');
    assertNear(await group.connect(30), [10, 10, 10], 2);
  }),
);

test(
  'what was gathered under heavy weights starves nobody under light ones',
  { skip: noBpf },
  steered('weighted:1000,1', 2, async (group) => {
    // In the middle of the round of 1001 the light slot has its turn, and is 500 behind afterwards.
    await group.connect(502);
    group.steering.steer('weighted:1,1');
    assertNear(await group.connect(20), [10, 10], 2);
  }),
);

test(
  'nor does it when the heavy slot leaves',
  { skip: noBpf },
  steered('weighted:1000,1,1', 3, async (group) => {
    let light = 0;
    while (light === 0) light = (await group.connect(1)).indexOf(1);
    group.page.setFlag(0, 'draining', true);
    assertNear(await group.connect(20), [0, 10, 10], 2);
  }),
);

test(
  'weight 0 gets nothing while another slot with a weight is ready, even a stuck one',
  { skip: noBpf },
  steered('weighted:1,1,0', 3, async (group) => {
    const { page } = group;
    assert.deepEqual(await group.connect(20), [10, 10, 0]);
    page.setFlag(0, 'stuck', true);
    page.setFlag(1, 'stuck', true);
    assert.deepEqual(await group.connect(20), [10, 10, 0]);
    page.setFlag(1, 'down', true);
    assert.deepEqual(await group.connect(20), [20, 0, 0]);
    page.setFlag(0, 'draining', true);
    assert.deepEqual(await group.connect(20), [0, 0, 20], 'nobody else is left');
    assert.equal(page.stray, 0);
  }),
);

test(
  'a queue migrates to a slot of weight 0 only when no other is left',
  { skip: noBpf },
  steered('weighted:1,1,0', 3, async (group) => {
    const { page, fds, steering } = group;
    const migrate = (slot: number) => {
      page.setFlag(slot, 'draining', true);
      addon.migrateQueue(fds[slot] ?? -1, 4096);
      steering.rejoined('tested', slot, fds[slot] ?? -1);
    };
    await group.connect(20);
    migrate(0);
    assert.deepEqual(group.queued(), [0, 20, 0]);
    migrate(1);
    assert.deepEqual(group.queued(), [0, 0, 20]);
  }),
);

test(
  'an empty slot of the sockarray is passed over for one with a weight',
  { skip: noBpf },
  steered('weighted:0,1,1', 3, async (group) => {
    // The kernel takes a listener out of the sockarray when it is shut down.
    addon.migrateQueue(group.fds[1] ?? -1, 4096);
    assert.deepEqual(await group.connect(20), [0, 0, 20]);
    assert.equal(group.page.read(2, 'fallback'), 10);
    assert.equal(group.page.read(1, 'error'), 10);
  }),
);

test(
  'after another policy all weights are alike',
  { skip: noBpf },
  steered('weighted:0,1,1', 3, async (group) => {
    group.steering.steer('round-robin');
    assert.deepEqual(await group.connect(30), [10, 10, 10]);
    assert.throws(() => group.steering.steer('weighted:0,0'), { code: 'ERR_CONFIG_INVALID' });
    group.steering.steer('weighted:3');
    assertNear(await group.connect(50), [30, 10, 10], 2);
  }),
);
