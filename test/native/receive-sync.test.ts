import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { addon, childAnswer, keepsDescriptors, recorder, until } from './support.js';

function text(result: ReturnType<InstanceType<typeof addon.Channel>['receiveSync']>): string | null {
  return result === null || result === 'closed' ? result : result.data.toString();
}

test('receiveSync gives null when the time is over, and not before', () =>
  keepsDescriptors(() => {
    const [leftFd, rightFd] = addon.socketpair();
    const channel = new addon.Channel(leftFd, recorder().handlers);
    for (const timeoutMs of [0, 30]) {
      const start = process.hrtime.bigint();
      assert.equal(channel.receiveSync(timeoutMs), null);
      assert.ok(process.hrtime.bigint() - start >= BigInt(timeoutMs) * 1_000_000n);
    }
    channel.close();
    addon.close(rightFd);
  }));

test("receiveSync gives the messages first and 'closed' then, and onClose still comes once", () =>
  keepsDescriptors(async () => {
    const [leftFd, rightFd] = addon.socketpair();
    const { handlers, messages, closes } = recorder();
    const channel = new addon.Channel(leftFd, handlers);
    const peer = new addon.Channel(rightFd, recorder().handlers);
    peer.send('one');
    peer.send('two');
    peer.close();
    assert.deepEqual(
      [1, 2, 3, 4].map(() => text(channel.receiveSync(1000))),
      ['one', 'two', 'closed', 'closed'],
    );
    assert.deepEqual(closes, []);
    await until(
      () => closes.length === 1,
      () => closes.length,
    );
    assert.deepEqual([messages, closes], [[], [undefined]]);
  }));

test('a message goes either to receiveSync or to onMessage, in the order of sending', () =>
  keepsDescriptors(async () => {
    const [leftFd, rightFd] = addon.socketpair();
    const { handlers, messages } = recorder();
    const channel = new addon.Channel(leftFd, handlers);
    const peer = new addon.Channel(rightFd, recorder().handlers);
    for (let i = 0; i < 10; i++) peer.send(String(i));
    const early = [0, 1, 2].map(() => text(channel.receiveSync(1000)));
    await until(
      () => messages.length === 7,
      () => JSON.stringify(messages),
    );
    assert.deepEqual([...early, ...messages.map((message) => message.text)].join(''), '0123456789');
    channel.close();
    peer.close();
  }));

test('receiveSync waits for a message of another process, before the loop has turned', async () => {
  await keepsDescriptors(async () => {
    const [ours, theirs] = addon.socketpair();
    const { handlers } = recorder(() => channel.send('the answer'));
    const channel = new addon.Channel(ours, handlers);
    const answer = childAnswer('ask-sync', [], { fds: [theirs] });
    addon.close(theirs);
    assert.equal(await answer, 'the answer');
    channel.close();
  });
});

test('receiveSync sends what is queued while it waits, so that a question behind a queue gets its answer', async () => {
  const [leftFd, rightFd] = addon.socketpair();
  // The other end reads on a thread of its own, while this one waits.
  const worker = new Worker(new URL('./children/echo-thread.js', import.meta.url), { workerData: { fd: rightFd } });
  const channel = new addon.Channel(leftFd, recorder().handlers);
  for (let i = 0; i < 100; i++) channel.send(Buffer.alloc(32 * 1024));
  channel.send('question');
  assert.equal(text(channel.receiveSync(20_000)), 'echo of question');
  channel.close();
  await new Promise((resolve) => worker.once('exit', resolve));
});

test('a signal during receiveSync neither ends nor prolongs the wait', async () => {
  const answer = (await childAnswer('wait-through-signals', [])) as { result: null; waitedMs: number; signals: number };
  assert.equal(answer.result, null);
  assert.ok(answer.waitedMs >= 300, String(answer.waitedMs));
  assert.ok(answer.signals > 0);
});
