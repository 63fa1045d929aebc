import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { NativeChannel } from '../../src/native/addon.js';
import { addon, childAnswer, keepsDescriptors, recorder, runChild, until } from './support.js';

test('the death of the peer is onClose, once and without an error, after every message that it had sent', () =>
  keepsDescriptors(async () => {
    const [ours, theirs] = addon.socketpair();
    const { handlers, messages, closes } = recorder();
    const channel = new addon.Channel(ours, handlers);
    const child = runChild('send-and-die', [], { fds: [theirs] });
    addon.close(theirs);
    assert.equal((await child).signal, 'SIGKILL');
    await until(
      () => closes.length === 1,
      () => JSON.stringify({ messages, closes }),
    );
    assert.equal(messages.length, 100);
    assert.equal(messages.at(-1)?.text, '99');
    channel.close();
    await new Promise(setImmediate);
    assert.deepEqual(closes, [undefined]);
  }));

test('a peer that closes with messages unread is no error, and what it had sent still arrives', () =>
  keepsDescriptors(async () => {
    const [leftFd, rightFd] = addon.socketpair();
    const { handlers, messages, closes } = recorder();
    const left = new addon.Channel(leftFd, handlers);
    const right = new addon.Channel(rightFd, recorder().handlers);
    left.send('never read');
    for (let i = 0; i < 200; i++) right.send(String(i));
    right.close();
    await until(
      () => closes.length === 1,
      () => JSON.stringify({ messages, closes }),
    );
    assert.deepEqual(closes, [undefined]);
    assert.equal(messages.length, 200);
    left.close();
  }));

test('receiveSync too reads past the reset of a peer that closed with messages unread', () =>
  keepsDescriptors(() => {
    const [leftFd, rightFd] = addon.socketpair();
    const left = new addon.Channel(leftFd, recorder().handlers);
    const right = new addon.Channel(rightFd, recorder().handlers);
    left.send('never read');
    right.send('');
    right.close();
    const message = left.receiveSync(1000);
    assert.ok(message !== null && message !== 'closed');
    assert.equal(message.data.length, 0);
    assert.equal(left.receiveSync(1000), 'closed');
    left.close();
  }));

test('a queue to a peer that dies is dropped, and onClose tells of the end once', () =>
  keepsDescriptors(async () => {
    const [leftFd, rightFd] = addon.socketpair();
    const { handlers, closes } = recorder();
    const left = new addon.Channel(leftFd, handlers);
    for (let i = 0; i < 50; i++) left.send(Buffer.alloc(32 * 1024), [0]);
    addon.close(rightFd);
    await until(
      () => closes.length === 1,
      () => closes.length,
    );
    assert.deepEqual(closes, [undefined]);
    left.close();
  }));

test('close is idempotent, calls no handler, and makes the other methods harmless', () =>
  keepsDescriptors(async () => {
    const [leftFd, rightFd] = addon.socketpair();
    const { handlers, messages, closes } = recorder();
    const channel = new addon.Channel(leftFd, handlers);
    const peer = new addon.Channel(rightFd, recorder().handlers);
    peer.send('unread');
    channel.close();
    channel.close();
    channel.ref();
    channel.unref();
    assert.equal(channel.receiveSync(1000), 'closed');
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    assert.deepEqual([messages, closes], [[], []]);
    peer.close();
  }));

test('a handler may close its channel: no further message comes', () =>
  keepsDescriptors(async () => {
    const [leftFd, rightFd] = addon.socketpair();
    const left = new addon.Channel(leftFd, recorder().handlers);
    const { handlers, messages, closes } = recorder(() => right.close());
    const right: NativeChannel = new addon.Channel(rightFd, handlers);
    for (let i = 0; i < 10; i++) left.send(String(i));
    await until(
      () => messages.length > 0,
      () => messages.length,
    );
    await new Promise(setImmediate);
    assert.equal(messages.length, 1);
    assert.deepEqual(closes, []);
    left.close();
  }));

test('onClose may call close, send and receiveSync of its channel', () =>
  keepsDescriptors(async () => {
    const [leftFd, rightFd] = addon.socketpair();
    const seen: unknown[] = [];
    const channel: NativeChannel = new addon.Channel(leftFd, {
      onMessage: () => undefined,
      onClose() {
        channel.close();
        seen.push(channel.receiveSync(0));
        assert.throws(() => channel.send('x'), { code: 'EPIPE' });
        seen.push('done');
      },
    });
    addon.close(rightFd);
    await until(
      () => seen.length > 0,
      () => seen.length,
    );
    assert.deepEqual(seen, ['closed', 'done']);
  }));

test('a handler may send, and may receive the next message itself', () =>
  keepsDescriptors(async () => {
    const [leftFd, rightFd] = addon.socketpair();
    const left = recorder();
    const leftChannel = new addon.Channel(leftFd, left.handlers);
    const seen: string[] = [];
    const right: NativeChannel = new addon.Channel(rightFd, {
      onMessage(data) {
        const next = right.receiveSync(1000);
        assert.ok(next !== null && next !== 'closed');
        seen.push(data.toString() + next.data.toString());
        right.send('answer');
      },
      onClose: () => undefined,
    });
    for (const text of ['a', 'b', 'c', 'd']) leftChannel.send(text);
    await until(
      () => left.messages.length === 2,
      () => JSON.stringify(left.messages),
    );
    assert.deepEqual(seen, ['ab', 'cd']);
    leftChannel.close();
    right.close();
  }));

test('a channel on a number that another channel has just given back works', () =>
  keepsDescriptors(async () => {
    const unwanted = recorder();
    for (let i = 0; i < 50; i++) {
      const [leftFd, rightFd] = addon.socketpair();
      const { handlers, messages } = recorder();
      const old = new addon.Channel(leftFd, unwanted.handlers);
      if (i % 2 === 0) await new Promise(setImmediate);
      old.close();
      addon.close(rightFd);
      const [againFd, otherFd] = addon.socketpair();
      assert.equal(againFd, leftFd);
      const channel = new addon.Channel(againFd, handlers);
      const other = new addon.Channel(otherFd, recorder().handlers);
      other.send('new');
      await until(
        () => messages.length === 1,
        () => JSON.stringify(messages),
      );
      channel.close();
      other.close();
    }
    assert.deepEqual([unwanted.messages, unwanted.closes], [[], []]);
  }));

test('two channels on one descriptor are refused, and the first goes on', () =>
  keepsDescriptors(async () => {
    const [leftFd, rightFd] = addon.socketpair();
    const { handlers, messages } = recorder();
    const channel = new addon.Channel(leftFd, handlers);
    await new Promise(setImmediate);
    assert.throws(() => new addon.Channel(leftFd, handlers), { code: 'EEXIST', subject: `fd ${leftFd}` });
    const other = new addon.Channel(rightFd, recorder().handlers);
    other.send('x');
    await until(
      () => messages.length === 1,
      () => JSON.stringify(messages),
    );
    channel.close();
    other.close();
  }));

test('an open channel keeps its process alive, an unreferenced one does not', async () => {
  assert.deepEqual(await childAnswer('keep-alive', ['unref']), ['ended by itself']);
  assert.deepEqual(await childAnswer('keep-alive', ['unref', 'ref']), ['onClose', 'ended by itself']);
  assert.deepEqual(await childAnswer('keep-alive', []), ['onClose', 'ended by itself']);
});

test('GC collects a closed channel, but not an open one that nobody refers to', async () => {
  const answer = await childAnswer('collect-channels', [], { nodeArguments: ['--expose-gc'] });
  assert.deepEqual(answer, { closedAlive: 0, openDelivered: 100 });
});

test('process.exit in a handler, and an end with open channels, leave no crash', async () => {
  for (const way of ['handler', 'loop', 'main']) {
    const { code, signal, stderr } = await runChild('exit-with-channel', [way]);
    assert.deepEqual({ way, code, signal, stderr }, { way, code: 7, signal: null, stderr: '' });
  }
});
