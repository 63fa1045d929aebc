import assert from 'node:assert/strict';
import { closeSync, openSync, readSync } from 'node:fs';
import { test } from 'node:test';

import {
  addon,
  assertSystemError,
  checkSystemError,
  childAnswer,
  countDescriptors,
  keepsDescriptors,
  listenOn,
  noPython,
  python,
  recorder,
  until,
} from './support.js';

const inodeOf = (fd: number) => addon.listenerInfo(fd).inode;

test('a listener sent within one process is the same socket under a new number', () =>
  keepsDescriptors(async () => {
    const [leftFd, rightFd] = addon.socketpair();
    const left = new addon.Channel(leftFd, recorder().handlers);
    const { handlers, messages } = recorder();
    const right = new addon.Channel(rightFd, handlers);
    const { fd } = listenOn();
    left.send('one', [fd]);
    await until(
      () => messages.length === 1,
      () => JSON.stringify(messages),
    );
    const [received = -1, ...others] = messages[0]?.fds ?? [];
    assert.deepEqual(others, []);
    assert.notEqual(received, fd);
    assert.equal(addon.listenerInfo(received).inode, addon.listenerInfo(fd).inode);
    for (const one of [fd, received]) addon.close(one);
    left.close();
    right.close();
  }));

test('a listener that a child sends keeps serving after the child has gone', () =>
  keepsDescriptors(async () => {
    const [ours, theirs] = addon.socketpair();
    const { handlers, messages, closes } = recorder();
    const channel = new addon.Channel(ours, handlers);
    const answer = childAnswer('send-listener', [], { fds: [theirs] });
    addon.close(theirs);
    const inode = await answer;
    await until(
      () => closes.length === 1,
      () => JSON.stringify({ messages, closes }),
    );
    const received = messages[0]?.fds[0] ?? -1;
    const info = addon.listenerInfo(received);
    assert.equal(info.inode, inode);
    assert.equal(info.listening, true);
    addon.close(received);
    channel.close();
  }));

test('16 descriptors arrive in order and close-on-exec', () =>
  keepsDescriptors(() => {
    const [leftFd, rightFd] = addon.socketpair();
    const left = new addon.Channel(leftFd, recorder().handlers);
    const right = new addon.Channel(rightFd, recorder().handlers);
    const sent = Array.from({ length: 16 }, () => listenOn().fd);
    left.send('sixteen', sent);
    const message = right.receiveSync(1000);
    assert.ok(message !== null && message !== 'closed');
    assert.deepEqual(message.fds.map(inodeOf), sent.map(inodeOf));
    for (const fd of [...sent, ...message.fds]) addon.close(fd);
    left.close();
    right.close();
  }));

for (const [count, how] of [
  [17, 'one more than allowed'],
  [253, 'as many as the kernel passes'],
] as const) {
  for (const way of ['the loop', 'receiveSync']) {
    test(`${count} descriptors, ${how}, are EMSGSIZE by ${way} and all closed`, { skip: noPython }, () =>
      keepsDescriptors(async () => {
        const [leftFd, rightFd] = addon.socketpair();
        python(`from socket import *\nsend_fds(socket(fileno=3), [b"many"], [0] * ${count})`, [leftFd]);
        const { handlers, messages, closes } = recorder();
        const before = countDescriptors();
        const channel = new addon.Channel(rightFd, handlers);
        const expected = { code: 'EMSGSIZE', errno: 90, syscall: 'recvmsg', subject: `fd ${rightFd}` };
        if (way === 'receiveSync') {
          assertSystemError(() => channel.receiveSync(1000), expected);
          assert.equal(countDescriptors(), before);
        } else {
          await until(
            () => closes.length === 1,
            () => JSON.stringify({ messages, closes }),
          );
          checkSystemError(closes[0], expected);
          assert.equal(countDescriptors(), before - 1);
        }
        assert.deepEqual(messages, []);
        channel.close();
        addon.close(leftFd);
      }),
    );
  }
}

test(
  'a message longer than the limit, from a foreign sender, is EMSGSIZE and its descriptor is closed',
  { skip: noPython },
  () =>
    keepsDescriptors(() => {
      const [leftFd, rightFd] = addon.socketpair();
      python(
        `from socket import *
s = socket(fileno=3)
s.setsockopt(SOL_SOCKET, SO_SNDBUF, 1 << 20)
send_fds(s, [b"x" * (256 * 1024 + 1)], [0])
s.send(b"next")`,
        [leftFd],
      );
      const channel = new addon.Channel(rightFd, recorder().handlers);
      const before = countDescriptors();
      assertSystemError(() => channel.receiveSync(1000), {
        code: 'EMSGSIZE',
        errno: 90,
        syscall: 'recvmsg',
        subject: `fd ${rightFd}`,
      });
      assert.equal(countDescriptors(), before);
      const next = channel.receiveSync(1000);
      assert.ok(next !== null && next !== 'closed' && next.data.toString() === 'next');
      channel.close();
      addon.close(leftFd);
    }),
);

test('descriptors of queued messages may be closed by the caller at once', () =>
  keepsDescriptors(async () => {
    const [leftFd, rightFd] = addon.socketpair();
    const left = new addon.Channel(leftFd, recorder().handlers);
    const { handlers, messages } = recorder();
    const right = new addon.Channel(rightFd, handlers);
    const filler = Buffer.alloc(32 * 1024);
    for (let i = 0; i < 50; i++) left.send(filler);
    const file = openSync('/proc/self/comm', 'r');
    left.send('queued', [file]);
    closeSync(file);
    await until(
      () => messages.length === 51,
      () => messages.length,
    );
    const received = messages.at(-1)?.fds[0] ?? -1;
    assert.ok(readSync(received, Buffer.alloc(16), 0, 16, 0) > 0);
    closeSync(received);
    left.close();
    right.close();
  }));

test('close frees the duplicates of messages that could not be sent, and of those in flight', () =>
  keepsDescriptors(() => {
    const [leftFd, rightFd] = addon.socketpair();
    const left = new addon.Channel(leftFd, recorder().handlers);
    for (let i = 0; i < 50; i++) left.send(Buffer.alloc(32 * 1024), [0, 1, 2]);
    left.close();
    addon.close(rightFd);
  }));

test('a closed descriptor among fds is EBADF, also behind a queue, and costs nothing', () =>
  keepsDescriptors(() => {
    const [leftFd, rightFd] = addon.socketpair();
    const left = new addon.Channel(leftFd, recorder().handlers);
    assert.throws(() => left.send('x', [0, 999_999]), { code: 'EBADF', syscall: 'sendmsg' });
    for (let i = 0; i < 50; i++) left.send(Buffer.alloc(32 * 1024));
    const before = countDescriptors();
    assert.throws(() => left.send('x', [0, 1, 999_999]), { code: 'EBADF', subject: 'fd 999999' });
    assert.equal(countDescriptors(), before);
    left.close();
    addon.close(rightFd);
  }));

test('at the limit of open files a message comes with the first of its descriptors, and the channel lives on', () =>
  keepsDescriptors(async () => {
    const answer = await childAnswer('receive-at-limit', [], { descriptorLimit: 64 });
    assert.deepEqual(
      answer,
      [0, 1, 2, 3].map((free) => ({ free, sync: free, loop: free, leaked: 0 })),
    );
  }));
