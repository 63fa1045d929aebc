import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { FLAG } from '../../src/state/layout.js';
import { addon } from './kernel-support.js';
import { TestPage } from './page-support.js';
import { childAnswer, keepsDescriptors, runChild, until } from './support.js';
import { WatchedChild } from './watch-support.js';

const silent = { onStuck: () => undefined, onStuckSet: () => undefined, onStale: () => undefined };

test('the watch sleeps while every loop polls, and a loop that turns wakes it', () =>
  keepsDescriptors(() =>
    WatchedChild.use(20, async (watched) => {
      const { page, watch, child } = watched;
      await watched.until(() => page.watcherAsleep === 1);
      const { wakeUps } = watch.cost();
      child.tell('spin 200');
      await watched.until(() => child.said.includes('spun'));
      const awake = watch.cost().wakeUps - wakeUps;
      // The slow look alone makes two or three in that time.
      assert.ok(awake > 6, String(awake));
      await watched.until(() => page.watcherAsleep === 1);
    }),
  ));

test('without rows the watch does not wake', () =>
  keepsDescriptors(async () => {
    const page = new TestPage();
    const watch = new addon.Watch({
      page: page.buffer,
      wakeFd: page.wakeFd,
      rescueAfterMs: 1,
      processors: 64,
      ...silent,
    });
    const end = performance.now() + 300;
    await until(
      () => performance.now() > end,
      () => '',
    );
    const { cpuNs, wakeUps } = watch.cost();
    assert.ok(wakeUps <= 1, String(wakeUps));
    watch.stop();
    assert.ok(watch.cost().cpuNs >= cpuNs);
    page.close();
  }));

/** A row that says: in one turn since the machine started. */
function stuckPage(): TestPage {
  const page = new TestPage();
  page.set(0, 'flags', FLAG.ready);
  page.set(0, 'busySinceNs', 1);
  return page;
}

function watchedStuckPage() {
  const page = stuckPage();
  const sets: number[][] = [];
  const onStuckSet = (slots: number[]) => sets.push(slots);
  const options = { ...silent, onStuckSet, page: page.buffer, wakeFd: page.wakeFd, rescueAfterMs: 1, processors: 64 };
  return { page, sets, watch: new addon.Watch(options) };
}

test('stop() takes the flags away, nothing is told after it, and it may be called twice', () =>
  keepsDescriptors(async () => {
    const { page, sets, watch } = watchedStuckPage();
    watch.setRows([{ slot: 0, fds: [] }]);
    while (!page.isStuck(0));
    // The news waits for a turn of this loop.
    watch.stop();
    watch.stop();
    assert.equal(page.get(0, 'flags'), FLAG.ready);
    for (let i = 0; i < 20; i += 1) await new Promise(setImmediate);
    assert.deepEqual(sets, []);
    watch.setRows([{ slot: 0, fds: [] }]);
    watch.setRescueAfter(5);
    page.close();
  }));

test('a slot that leaves the rows loses its flag, and the set tells so', () =>
  keepsDescriptors(async () => {
    const { page, sets, watch } = watchedStuckPage();
    watch.setRows([{ slot: 0, fds: [] }]);
    await until(
      () => sets.length === 1,
      () => JSON.stringify(sets),
    );
    watch.setRows([]);
    assert.equal(page.get(0, 'flags'), FLAG.ready);
    await until(
      () => sets.length === 2,
      () => JSON.stringify(sets),
    );
    assert.deepEqual(sets, [[0], []]);
    watch.stop();
    page.close();
  }));

test('a handler may stop the watch', () =>
  keepsDescriptors(async () => {
    const page = stuckPage();
    let calls = 0;
    const watch = new addon.Watch({
      ...silent,
      page: page.buffer,
      wakeFd: page.wakeFd,
      rescueAfterMs: 1,
      processors: 64,
      onStale: () => undefined,
      onStuckSet() {
        calls += 1;
        watch.stop();
      },
    });
    watch.setRows([{ slot: 0, fds: [] }]);
    await until(
      () => calls === 1,
      () => calls,
    );
    page.close();
  }));

test('what a handler throws is an uncaught exception, as of any event', async () => {
  const { code, stderr } = await runChild('watch-throw', []);
  assert.equal(code, 7);
  assert.match(stderr, /Error: from onStuckSet/);
});

test('a running watch does not keep its process alive', async () => {
  assert.deepEqual(await childAnswer('watch-alone', []), { ended: 'by itself' });
});

for (const way of ['exit', 'terminate']) {
  test(`a thread with a running watch ends (${way}), 20 times`, () =>
    keepsDescriptors(async () => {
      for (let i = 0; i < 20; i += 1) {
        const page = stuckPage();
        const script = new URL('./children/watch-thread.js', import.meta.url);
        const worker = new Worker(script, { workerData: { fd: page.fd, wakeFd: page.wakeFd, way } });
        const exited = new Promise((resolve) => worker.once('exit', resolve));
        // The other way ends as soon as it knows itself, maybe before that is seen here.
        if (way === 'terminate') {
          await until(
            () => page.isStuck(0),
            () => page.get(0, 'flags'),
          );
          await worker.terminate();
        }
        await exited;
        assert.equal(page.get(0, 'flags'), FLAG.ready);
        page.close();
      }
    }));
}

test('wrong options are told by name, and leave no descriptor', () =>
  keepsDescriptors(() => {
    const page = new TestPage();
    const options = { page: page.buffer, wakeFd: page.wakeFd, rescueAfterMs: 5, processors: 64, ...silent };
    const wrong: [object, RegExp][] = [
      [{ ...options, page: new ArrayBuffer(16_384) }, /^TypeError: options\.page/],
      [{ ...options, rescueAfterMs: 0 }, /^RangeError: options\.rescueAfterMs/],
      [{ ...options, processors: 0 }, /^RangeError: options\.processors/],
      [{ ...options, onStuck: 1 }, /^TypeError: options\.onStuck: /],
      [{ ...options, wakeFd: page.fd }, /EINVAL/],
      [{ ...options, rows: [] }, /^TypeError: options\.rows: no such option/],
    ];
    for (const [given, message] of wrong) assert.throws(() => new addon.Watch(given as typeof options), message);
    const watch = new addon.Watch(options);
    const row = { slot: 1, fds: [] };
    assert.throws(() => watch.setRows([row, row]), /^RangeError: rows\[1\]\.slot: expected each slot once/);
    assert.throws(() => watch.setRows([{ slot: 64, fds: [] }]), /^RangeError: rows\[0\]\.slot/);
    assert.throws(() => watch.setRows([{ slot: 0, fds: [-1] }]), /^RangeError: rows\[0\]\.fds\[0\]/);
    assert.throws(() => watch.setRescueAfter(3_600_001), /^RangeError: ms/);
    watch.stop();
    page.close();
  }));

test('a watch that need not tell of the set still keeps the flags', () =>
  keepsDescriptors(async () => {
    const { page, sets, watch } = watchedStuckPage();
    watch.setTellsSet(false);
    watch.setRows([{ slot: 0, fds: [] }]);
    while (!page.isStuck(0));
    watch.setTellsSet(true);
    watch.setRows([]);
    await until(
      () => sets.length === 1,
      () => JSON.stringify(sets),
    );
    assert.deepEqual(sets, [[]]);
    watch.stop();
    page.close();
  }));
