import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { addon, assertSystemError, childAnswer, keepsDescriptors, recorder, until } from './support.js';

/** Two channels over one pair, closed afterwards. */
function withPair(
  use: (left: ChannelEnd, right: ChannelEnd) => unknown,
  onRight?: (data: Buffer, fds: number[]) => void,
): Promise<void> {
  return keepsDescriptors(async () => {
    const [leftFd, rightFd] = addon.socketpair();
    const left = recorder();
    const right = recorder(onRight);
    const leftChannel = new addon.Channel(leftFd, left.handlers);
    const rightChannel = new addon.Channel(rightFd, right.handlers);
    await use({ ...left, channel: leftChannel }, { ...right, channel: rightChannel });
    leftChannel.close();
    rightChannel.close();
  });
}

type ChannelEnd = ReturnType<typeof recorder> & { channel: InstanceType<typeof addon.Channel> };

const hash = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

test('messages arrive whole, in order and apart, strings as UTF-8 and an empty one as empty', () =>
  withPair(async (left, right) => {
    const texts = ['first', '', 'grüße 🚦', '\0', 'last'];
    for (const text of texts) left.channel.send(text);
    await until(
      () => right.messages.length === texts.length,
      () => JSON.stringify(right.messages),
    );
    assert.deepEqual(
      right.messages.map((message) => message.text),
      texts,
    );
    assert.deepEqual(right.closes, []);
  }));

test('a Uint8Array is sent from its offset on, a Buffer too', () =>
  withPair(async (left, right) => {
    left.channel.send(new Uint8Array([120, 97, 98, 99, 120]).subarray(1, 4));
    left.channel.send(Buffer.from('def'));
    await until(
      () => right.messages.length === 2,
      () => JSON.stringify(right.messages),
    );
    assert.deepEqual(
      right.messages.map((message) => message.text),
      ['abc', 'def'],
    );
  }));

for (const bytes of [1, 4096, 128 * 1024, 256 * 1024]) {
  test(`a message of ${bytes} bytes arrives unchanged, by the loop and by receiveSync`, () => {
    const sent = randomBytes(bytes);
    const received: string[] = [];
    return withPair(
      async (left, right) => {
        left.channel.send(sent);
        await until(
          () => received.length === 1,
          () => received.length,
        );
        left.channel.send(sent);
        const message = right.channel.receiveSync(1000);
        assert.ok(message !== null && message !== 'closed');
        assert.deepEqual([...received, hash(message.data)], [hash(sent), hash(sent)]);
      },
      (data) => received.push(hash(data)),
    );
  });
}

test('a message that is too large is EMSGSIZE also behind a queue, and the others still arrive', () =>
  withPair(async (left, right) => {
    const tooLarge = Buffer.alloc(256 * 1024 + 1);
    const refused = () => {
      assert.throws(() => left.channel.send(tooLarge), { code: 'EMSGSIZE', errno: 90, syscall: 'sendmsg' });
    };
    refused();
    for (let i = 0; i < 100; i++) left.channel.send(Buffer.alloc(64 * 1024));
    refused();
    left.channel.send('after');
    await until(
      () => right.messages.at(-1)?.text === 'after',
      () => right.messages.length,
    );
    assert.equal(right.messages.length, 101);
  }));

test('10 000 messages to a receiver that does not read are queued, and arrive in order', () =>
  withPair(async (left, right) => {
    const padding = 'x'.repeat(200);
    for (let i = 0; i < 10_000; i++) left.channel.send(`${i} ${padding}`);
    assert.equal(right.messages.length, 0);
    await until(
      () => right.messages.length === 10_000,
      () => right.messages.length,
    );
    assert.deepEqual(
      right.messages.map((message) => Number.parseInt(message.text)),
      Array.from({ length: 10_000 }, (_, i) => i),
    );
  }));

test('a child process gets 10 000 messages in order and its answer comes back', () =>
  keepsDescriptors(async () => {
    const [ours, theirs] = addon.socketpair();
    const { handlers, messages, closes } = recorder();
    const channel = new addon.Channel(ours, handlers);
    for (let i = 0; i < 10_000; i++) channel.send(String(i));
    channel.send('end');
    const answer = childAnswer('count-messages', [], { fds: [theirs] });
    addon.close(theirs);
    assert.deepEqual(await answer, { count: 10_000, inOrder: true });
    await until(
      () => closes.length === 1,
      () => JSON.stringify({ messages, closes }),
    );
    assert.deepEqual(messages, [{ text: 'got 10000', fds: [] }]);
    assert.deepEqual(closes, [undefined]);
  }));

test('both sides may write more than the sockets hold before either reads', () =>
  withPair(async (left, right) => {
    for (let i = 0; i < 2000; i++) {
      left.channel.send('l'.repeat(1000));
      right.channel.send('r'.repeat(1000));
    }
    await until(
      () => left.messages.length === 2000 && right.messages.length === 2000,
      () => [left.messages.length, right.messages.length],
    );
  }));

test('close sends what the socket takes of the queue, and the peer reads it before it learns of the end', () =>
  keepsDescriptors(async () => {
    const [leftFd, rightFd] = addon.socketpair();
    const right = recorder();
    const channel = new addon.Channel(rightFd, right.handlers);
    const left = new addon.Channel(leftFd, recorder().handlers);
    for (let i = 0; i < 10; i++) left.send(String(i));
    left.close();
    await until(
      () => right.closes.length === 1,
      () => JSON.stringify(right),
    );
    assert.equal(right.messages.map((message) => message.text).join(''), '0123456789');
    channel.close();
  }));

test('send after close is EPIPE, and so is send to a peer that has closed', () =>
  keepsDescriptors(() => {
    const [leftFd, rightFd] = addon.socketpair();
    const left = new addon.Channel(leftFd, recorder().handlers);
    addon.close(rightFd);
    const expected = { code: 'EPIPE', errno: 32, syscall: 'sendmsg' };
    assertSystemError(() => left.send('x'), { ...expected, subject: `fd ${leftFd}` });
    left.close();
    assertSystemError(() => left.send('x'), { ...expected, subject: 'closed channel' });
  }));
