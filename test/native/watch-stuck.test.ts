import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';

import { FLAG } from '../../src/state/layout.js';
import { stopAtRest } from '../helpers/processes.js';
import { addon } from './kernel-support.js';
import { connectTo, keepsDescriptors } from './support.js';
import { WatchedChild } from './watch-support.js';

const rescueAfterMs = 20;

const use = (action: (watched: WatchedChild) => Promise<void>) =>
  keepsDescriptors(() => WatchedChild.use(rescueAfterMs, action));

async function connectSome({ listener }: WatchedChild, count: number): Promise<Socket[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => connectTo(listener.port)));
  for (const client of clients) client.resume().on('error', () => undefined);
  return clients;
}

function destroyAll(clients: Socket[]): void {
  for (const client of clients) client.destroy();
}

test('a slot in a long turn is flagged and told, and again when it polls', () =>
  use(async (watched) => {
    const before = watched.sets.length;
    watched.child.tell('block 300');
    await watched.until(() => watched.isStuck);
    assert.equal(watched.page.get(watched.slot, 'flags'), FLAG.ready | FLAG.stuck);
    await watched.until(() => watched.sets.length > before);
    await watched.untilPolling();
    await watched.until(() => watched.sets.at(-1)?.length === 0);
    assert.deepEqual(watched.sets.slice(before, before + 1), [[watched.slot]]);
    assert.deepEqual(watched.reports, [], 'nothing was queued');
  }));

test('what waits behind a long turn is reported when it comes, and now and then while it waits', () =>
  use(async (watched) => {
    watched.child.tell('block 500');
    await watched.until(() => watched.isStuck);
    const clients = await connectSome(watched, 3);
    const complete = () => watched.reports.filter(({ queued }) => queued[0]?.connections === 3);
    await watched.until(() => complete().length >= 3);
    const last = watched.reports.at(-1);
    assert.deepEqual(
      { ...last, forMs: 0 },
      {
        slot: watched.slot,
        forMs: 0,
        kind: 'turn',
        queued: [{ index: 0, connections: 3 }],
      },
    );
    assert.ok((watched.reports[0]?.forMs ?? 0) >= rescueAfterMs);
    // After the last has come, which is told at once.
    const ages = complete().map(({ forMs }) => forMs);
    for (let i = 1; i < ages.length; i += 1) {
      assert.ok((ages[i] ?? 0) - (ages[i - 1] ?? 0) >= rescueAfterMs / 2, String(ages));
    }
    await watched.untilPolling();
    destroyAll(clients);
  }));

for (const counted of [true, false]) {
  const how = counted ? 'a kernel that counts what it assigns' : 'nobody to count';
  test(`a loop that is stopped while it polls is silent, with ${how}, until it turns again`, () =>
    use(async (watched) => {
      const { page, slot, child } = watched;
      await stopAtRest(child.process.pid ?? 0);
      const clients = await connectSome(watched, 2);
      if (counted) page.set(slot, 'assigned', page.get(slot, 'assigned') + 2);
      await watched.until(() => watched.isStuck && watched.reports.length > 0);
      assert.equal(page.get(slot, 'busySinceNs'), 0, 'it says that it polls');
      const { kind, queued, forMs } = watched.reports.at(-1) ?? {};
      assert.deepEqual({ kind, queued }, { kind: 'silent', queued: [{ index: 0, connections: 2 }] });
      assert.ok((forMs ?? 0) >= rescueAfterMs, String(forMs));
      child.process.kill('SIGCONT');
      await watched.untilPolling();
      destroyAll(clients);
    }));
}

test('a silent slot whose queue was taken stays stuck for a while, then it is tried again', () =>
  use(async (watched) => {
    await stopAtRest(watched.child.process.pid ?? 0);
    const clients = await connectSome(watched, 2);
    await watched.until(() => watched.isStuck);
    for (const fd of addon.acceptAll(watched.listener.fd, 10)) addon.close(fd);
    const reports = watched.reports.length;
    for (let i = 0; i < 50; i += 1) await new Promise(setImmediate);
    assert.ok(watched.isStuck);
    await watched.until(() => !watched.isStuck);
    assert.ok(watched.reports.length <= reports + 1, 'an empty queue is not reported');
    destroyAll(clients);
  }));

test('a row that counts what is not there is told of, once for each count', () =>
  use(async (watched) => {
    const { page, stale, listener } = watched;
    // Nobody's: a loop that happens to turn sets its row right before the watch can tell of it.
    const slot = watched.slot + 1;
    page.set(slot, 'flags', FLAG.ready);
    watched.watch.setRows([watched.row, { slot, fds: [listener.fd] }]);
    for (const missing of [1, 2]) {
      page.set(slot, 'assigned', missing);
      await watched.until(() => stale.length === missing);
      assert.deepEqual(watched.reports, []);
    }
    assert.deepEqual(stale, [slot, slot]);
    assert.ok(!page.isStuck(slot));
  }));

test('neither a slot that is down nor one that is not ready becomes stuck', () =>
  use(async (watched) => {
    const { page, slot, child } = watched;
    for (const flags of [FLAG.ready | FLAG.down, 0]) {
      page.set(slot, 'flags', flags);
      child.tell('block 150');
      await watched.until(() => page.turnMs(slot) > 3 * rescueAfterMs);
      assert.equal(page.get(slot, 'flags'), flags);
      await watched.untilPolling();
    }
    child.tell('block 200');
    await watched.until(() => page.turnMs(slot) > 3 * rescueAfterMs);
    page.set(slot, 'flags', FLAG.ready | FLAG.draining);
    await watched.until(() => watched.isStuck);
    await watched.untilPolling();
  }));

test('a loop that turns without a wait is not stuck, nor is one that waits', () =>
  keepsDescriptors(() =>
    WatchedChild.use(1000, async (watched) => {
      watched.child.tell('spin 1500');
      await watched.until(() => watched.child.said.includes('spun'));
      const end = performance.now() + 1500;
      await watched.until(() => performance.now() > end);
      assert.deepEqual([watched.sets, watched.reports], [[], []]);
    }),
  ));

test('setRescueAfter holds from the next look on', () =>
  keepsDescriptors(() =>
    WatchedChild.use(3_600_000, async (watched) => {
      watched.child.tell('block 400');
      await watched.until(() => watched.page.turnMs(watched.slot) > 100);
      assert.ok(!watched.isStuck);
      watched.watch.setRescueAfter(50);
      await watched.until(() => watched.isStuck);
      await watched.untilPolling();
    }),
  ));
