import assert from 'node:assert/strict';
import { test } from 'node:test';

import { FLAG } from '../../src/state/layout.js';
import { LoopChild, TestPage } from './page-support.js';
import { keepsDescriptors, until } from './support.js';

const slot = 5;

async function withChild(action: (page: TestPage, child: LoopChild) => Promise<void>): Promise<void> {
  await keepsDescriptors(async () => {
    const page = new TestPage();
    const child = new LoopChild(page, slot);
    try {
      await until(
        () => child.said.length > 0,
        () => 'the child has not said that it is ready',
      );
      assert.deepEqual(child.said, ['ready epoll null']);
      await action(page, child);
    } finally {
      await child.stop();
      page.close();
    }
  });
}

const isPolling = (page: TestPage) => page.get(slot, 'busySinceNs') === 0;
const show = (page: TestPage) => `busySince ${page.get(slot, 'busySinceNs')}, turns ${page.get(slot, 'turns')}`;

test('a loop that waits says so, and has polled', () =>
  withChild(async (page) => {
    await until(
      () => isPolling(page) && page.get(slot, 'lastPollNs') > 0,
      () => show(page),
    );
    const turns = page.get(slot, 'turns');
    assert.ok(turns > 0);
    assert.equal(page.get(slot - 1, 'turns'), 0);
    assert.equal(page.get(slot + 1, 'turns'), 0);
  }));

for (const way of ['block', 'spawnSync']) {
  test(`a turn of 200 ms (${way}) is seen while it lasts, and its length afterwards`, () =>
    withChild(async (page, child) => {
      await until(
        () => isPolling(page),
        () => show(page),
      );
      child.tell(`${way} 200`);
      await until(
        () => page.turnMs(slot) > 20,
        () => show(page),
      );
      assert.equal(page.get(slot, 'lastPollNs'), page.get(slot, 'busySinceNs'));
      await until(
        () => isPolling(page),
        () => show(page),
      );
      assert.ok(page.get(slot, 'longestTurnNs') >= 190e6, String(page.get(slot, 'longestTurnNs')));
    }));
}

for (const way of ['block 200', 'spin 60000']) {
  test(`a loop that was seen stuck takes part again when it polls, without anybody’s help (${way})`, () =>
    withChild(async (page, child) => {
      page.set(slot, 'flags', FLAG.ready | FLAG.draining);
      child.tell(way);
      const turns = page.get(slot, 'turns');
      await until(
        () => page.get(slot, 'turns') > turns && !isPolling(page),
        () => show(page),
      );
      page.set(slot, 'flags', FLAG.ready | FLAG.draining | FLAG.stuck);
      await until(
        () => page.get(slot, 'flags') === (FLAG.ready | FLAG.draining),
        () => `flags ${page.get(slot, 'flags')}`,
      );
    }));
}

test('a loop that turns without ever waiting is busy, and does not look stuck', () =>
  withChild(async (page, child) => {
    const before = page.get(slot, 'turns');
    child.tell('spin 60000');
    await until(
      () => page.get(slot, 'turns') > before + 100,
      () => show(page),
    );
    // Were only waits marked, this would be one value all the time. (Ages in ms would tell of other processes' load.)
    const beginnings = new Set<number>();
    let [samples, polling] = [0, 0];
    await until(
      () => {
        const since = page.get(slot, 'busySinceNs');
        samples += 1;
        if (since === 0) polling += 1;
        else beginnings.add(since);
        return beginnings.size > 20;
      },
      () => `${show(page)}: ${beginnings.size} turns seen`,
    );
    child.tell('rest');
    assert.ok(polling < samples / 2, `polling in ${polling} of ${samples} samples`);
    await until(
      () => child.said.includes('spun') && isPolling(page),
      () => show(page),
    );
  }));

test('a signal in the midst of a wait is handled as without the probe', () =>
  withChild(async (page, child) => {
    for (let count = 1; count <= 20; count += 1) {
      await until(
        () => isPolling(page),
        () => show(page),
      );
      child.process.kill('SIGUSR2');
      await until(
        () => {
          child.tell('signals');
          return child.said.includes(`signals ${count}`);
        },
        () => child.said.at(-1),
      );
    }
  }));

test('a loop that turns wakes the watch once', () =>
  withChild(async (page, child) => {
    await until(
      () => isPolling(page),
      () => show(page),
    );
    page.watcherAsleep = 1;
    child.tell('block 1');
    await until(
      () => page.watcherAsleep === 0,
      () => page.watcherAsleep,
    );
    assert.equal(page.wakeUps(), 1);
    const turns = page.get(slot, 'turns');
    child.tell('block 1');
    await until(
      () => page.get(slot, 'turns') > turns + 1,
      () => show(page),
    );
    assert.equal(page.wakeUps(), 0);
  }));

test('after stop() the loop says nothing more', () =>
  withChild(async (page, child) => {
    const done = child.said.length;
    child.tell('stop\nsignals');
    await until(
      () => child.said.length > done,
      () => child.said.length,
    );
    assert.ok(isPolling(page));
    const turns = page.get(slot, 'turns');
    child.tell('spin 1');
    await until(
      () => child.said.includes('spun'),
      () => child.said.at(-1),
    );
    assert.equal(page.get(slot, 'turns'), turns);
  }));
