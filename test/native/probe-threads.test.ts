import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { addon } from './kernel-support.js';
import { TestPage } from './page-support.js';
import { keepsDescriptors, until } from './support.js';

const script = new URL('./children/probe-thread.js', import.meta.url);

function startThread(page: TestPage, slot: number, way: string): { worker: Worker; exited: Promise<number> } {
  const worker = new Worker(script, { workerData: { fd: page.fd, wakeFd: page.wakeFd, slot, way } });
  worker.on('error', () => undefined);
  return { worker, exited: new Promise((resolve) => worker.once('exit', resolve)) };
}

async function untilTurned(page: TestPage, slot: number): Promise<void> {
  await until(
    () => page.get(slot, 'turns') > 0,
    () => `slot ${slot}: no turn`,
  );
}

test('each thread publishes into its own row, and the row of a thread that has ended says polling', () =>
  keepsDescriptors(async () => {
    const page = new TestPage();
    const threads = [1, 2, 3].map((slot) => ({ slot, ...startThread(page, slot, 'spin') }));
    for (const { slot } of threads) await untilTurned(page, slot);
    assert.equal(page.get(0, 'turns'), 0);
    for (const { worker, exited } of threads) {
      await worker.terminate();
      await exited;
    }
    const turns = threads.map(({ slot }) => page.get(slot, 'turns'));
    assert.deepEqual(
      threads.map(({ slot }) => page.get(slot, 'busySinceNs')),
      [0, 0, 0],
    );
    for (let i = 0; i < 100; i += 1) await new Promise(setImmediate);
    assert.deepEqual(
      threads.map(({ slot }) => page.get(slot, 'turns')),
      turns,
    );
    page.close();
  }));

test('a thread that blocks for ever looks busy, while this one turns', () =>
  keepsDescriptors(async () => {
    const page = new TestPage();
    const { worker, exited } = startThread(page, 7, 'block');
    await until(
      () => page.turnMs(7) > 50,
      () => page.turnMs(7),
    );
    await worker.terminate();
    await exited;
    assert.equal(page.get(7, 'busySinceNs'), 0);
    page.close();
  }));

for (const way of ['exit', 'throw', 'idle']) {
  test(`a thread that ends (${way}) leaves nothing open, 20 times`, () =>
    keepsDescriptors(async () => {
      const page = new TestPage();
      for (let i = 0; i < 20; i += 1) {
        const { worker, exited } = startThread(page, i, way);
        await untilTurned(page, i);
        if (way === 'idle') await worker.terminate();
        await exited;
        assert.equal(page.get(i, 'busySinceNs'), 0);
      }
      page.close();
    }));
}

test('a thread has one probe at most; after stop() another is welcome', () =>
  keepsDescriptors(() => {
    const page = new TestPage();
    const options = { page: page.buffer, slot: 0, wakeFd: page.wakeFd };
    const first = new addon.LoopProbe(options);
    assert.throws(() => new addon.LoopProbe(options), { message: 'LoopProbe: this thread has one already' });
    first.stop();
    first.stop();
    first.setListeners([1]);
    const second = new addon.LoopProbe({ ...options, slot: 1 });
    assert.deepEqual([second.mode, second.why], ['epoll', null]);
    second.stop();
    page.close();
  }));

test('wrong options are told by name, and leave no descriptor', () =>
  keepsDescriptors(() => {
    const page = new TestPage();
    const options = { page: page.buffer, slot: 0, wakeFd: page.wakeFd };
    const wrong: [object, RegExp][] = [
      [
        { ...options, page: new ArrayBuffer(16_384) },
        /^TypeError: options\.page: expected an ArrayBuffer of mapShared/,
      ],
      [{ ...options, page: Buffer.alloc(1) }, /^TypeError: options\.page: expected an ArrayBuffer of mapShared/],
      [{ ...options, slot: 64 }, /^RangeError: options\.slot: /],
      [{ ...options, wakeFd: page.fd }, /EINVAL/],
      [{ ...options, wakeFd: 999_999 }, /EBADF/],
      [{ ...options, listeners: [] }, /^TypeError: options\.listeners: no such option/],
    ];
    for (const [given, message] of wrong) {
      assert.throws(() => new addon.LoopProbe(given as typeof options), message);
    }
    page.close();
  }));
