import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { addon, keepsDescriptors, recorder, until } from './support.js';

const script = new URL('./children/channel-thread.js', import.meta.url);

function startThread(fd: number, way: string): { worker: Worker; exited: Promise<number> } {
  const worker = new Worker(script, { workerData: { fd, way } });
  // Some of them are made to fail.
  worker.on('error', () => undefined);
  return { worker, exited: new Promise((resolve) => worker.once('exit', resolve)) };
}

test('the addon works in several threads at once, each with its own channel', () =>
  keepsDescriptors(async () => {
    const threads = Array.from({ length: 4 }, (_, i) => {
      const [ours, theirs] = addon.socketpair();
      const { handlers, messages } = recorder();
      const channel = new addon.Channel(ours, handlers);
      channel.send(`hello ${i}`);
      return { ...startThread(theirs, 'echo'), channel, messages };
    });
    for (const [i, { messages }] of threads.entries()) {
      await until(
        () => messages.length === 1,
        () => JSON.stringify(messages),
      );
      assert.equal(messages[0]?.text, `hello ${i}`);
    }
    for (const { exited, channel } of threads) {
      channel.close();
      assert.equal(await exited, 0);
    }
  }));

for (const way of ['exit', 'throw', 'process.exit']) {
  test(`a thread that ends by ${way} closes its open channel`, () =>
    keepsDescriptors(async () => {
      const [ours, theirs] = addon.socketpair();
      const { handlers, closes } = recorder();
      const channel = new addon.Channel(ours, handlers);
      const { exited } = startThread(theirs, way);
      channel.send('go');
      await exited;
      await until(
        () => closes.length === 1,
        () => closes.length,
      );
      assert.deepEqual(closes, [undefined]);
      channel.close();
    }));
}

test('terminate() in the middle of a flood of messages ends the thread and its channel, 20 times', () =>
  keepsDescriptors(async () => {
    for (let i = 0; i < 20; i++) {
      const [ours, theirs] = addon.socketpair();
      const { handlers, messages, closes } = recorder();
      const channel = new addon.Channel(ours, handlers);
      const { worker } = startThread(theirs, 'swallow');
      await until(
        () => messages.length > 0,
        () => messages.length,
      );
      for (let n = 0; n < 500 + 50 * i; n++) channel.send(String(n));
      await worker.terminate();
      await until(
        () => closes.length === 1,
        () => closes.length,
      );
    }
  }));

test('descriptors on their way to a thread that is terminated are closed', () =>
  keepsDescriptors(async () => {
    const [ours, theirs] = addon.socketpair();
    const { handlers, messages, closes } = recorder();
    const channel = new addon.Channel(ours, handlers);
    const { worker } = startThread(theirs, 'block');
    await until(
      () => messages.length > 0,
      () => messages.length,
    );
    for (let n = 0; n < 500; n++) channel.send(String(n), [0, 1]);
    await worker.terminate();
    await until(
      () => closes.length === 1,
      () => closes.length,
    );
  }));

test('terminate() while receiveSync waits ends after the wait without a crash', () =>
  keepsDescriptors(async () => {
    const [ours, theirs] = addon.socketpair();
    const { handlers, messages } = recorder();
    const channel = new addon.Channel(ours, handlers);
    const { worker } = startThread(theirs, 'wait');
    await until(
      () => messages.length > 0,
      () => messages.length,
    );
    const ended = worker.terminate();
    channel.send('wake up');
    await ended;
    channel.close();
  }));
