import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';

import { addon, assertSystemError, childAnswer, keepsDescriptors, listenOn } from './support.js';

// No process of these tests has that many open.
const closedFd = 999_999;

function isCloseOnExec(fd: number): boolean {
  const flags = /flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
  return (parseInt(flags, 8) & 0o2000000) !== 0;
}

test('dup names the same socket, is close-on-exec, and outlives the original', () =>
  keepsDescriptors(() => {
    const { fd } = listenOn();
    const { inode } = addon.listenerInfo(fd);
    const copy = addon.dup(fd);
    assert.notEqual(copy, fd);
    assert.equal(isCloseOnExec(copy), true);
    addon.close(fd);
    assert.equal(addon.listenerInfo(copy).inode, inode);
    addon.close(copy);
  }));

test('every descriptor that the addon creates is close-on-exec', () =>
  keepsDescriptors(() => {
    const fds = [
      addon.bindTcpListener({ address: '127.0.0.1', port: 0 }),
      addon.bindUnixListener(`\0reuseport-cloexec-${process.pid}`),
      ...addon.socketpair(),
      addon.dup(1),
    ];
    assert.deepEqual(
      fds.map(isCloseOnExec),
      fds.map(() => true),
    );
    for (const fd of fds) addon.close(fd);
  }));

test('setCloseOnExec turns the flag off and on', () =>
  keepsDescriptors(() => {
    const fd = openSync('/dev/null', 'r');
    addon.setCloseOnExec(fd, false);
    assert.equal(isCloseOnExec(fd), false);
    addon.setCloseOnExec(fd, true);
    assert.equal(isCloseOnExec(fd), true);
    closeSync(fd);
  }));

test('socketpair gives two sockets, and peerCredentials of each are those of this process', () =>
  keepsDescriptors(() => {
    const pair = addon.socketpair();
    for (const fd of pair) {
      assert.match(readlinkSync(`/proc/self/fd/${fd}`), /^socket:/);
      assert.deepEqual(addon.peerCredentials(fd), {
        pid: process.pid,
        uid: process.getuid?.(),
        gid: process.getgid?.(),
      });
      addon.close(fd);
    }
  }));

test('peerCredentials in a child are those of the parent that made the pair', () =>
  keepsDescriptors(async () => {
    const [ours, theirs] = addon.socketpair();
    const answer = await childAnswer('peer-credentials', [], { fds: [theirs] });
    assert.deepEqual(answer, { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() });
    addon.close(ours);
    addon.close(theirs);
  }));

test('peerCredentials of a TCP socket is ENOTCONN', () =>
  keepsDescriptors(() => {
    const { fd } = listenOn();
    assertSystemError(() => addon.peerCredentials(fd), {
      code: 'ENOTCONN',
      errno: 107,
      syscall: 'getsockopt',
      subject: `fd ${fd}`,
    });
    addon.close(fd);
  }));

const handlers = { onMessage: () => undefined, onClose: () => undefined };
const onClosed: [string, string, () => unknown][] = [
  ['listen', 'listen', () => addon.listen(closedFd, 1)],
  ['listenerInfo', 'getsockname', () => addon.listenerInfo(closedFd)],
  ['dup', 'fcntl', () => addon.dup(closedFd)],
  ['close', 'close', () => addon.close(closedFd)],
  ['setCloseOnExec', 'fcntl', () => addon.setCloseOnExec(closedFd, true)],
  ['peerCredentials', 'getsockopt', () => addon.peerCredentials(closedFd)],
  ['Channel', 'getsockopt', () => new addon.Channel(closedFd, handlers)],
];
for (const [name, syscall, call] of onClosed) {
  test(`${name} of a descriptor that is not open is EBADF`, () =>
    keepsDescriptors(() => {
      assertSystemError(call, { code: 'EBADF', errno: 9, syscall, subject: `fd ${closedFd}` });
    }));
}

const onFile: [string, string, (fd: number) => unknown][] = [
  ['listen', 'listen', (fd) => addon.listen(fd, 1)],
  ['listenerInfo', 'getsockname', (fd) => addon.listenerInfo(fd)],
  ['peerCredentials', 'getsockopt', (fd) => addon.peerCredentials(fd)],
  ['Channel', 'getsockopt', (fd) => new addon.Channel(fd, handlers)],
];
for (const [name, syscall, call] of onFile) {
  test(`${name} of a file is ENOTSOCK`, () =>
    keepsDescriptors(() => {
      const fd = openSync('/dev/null', 'r');
      assertSystemError(() => call(fd), { code: 'ENOTSOCK', errno: 88, syscall, subject: `fd ${fd}` });
      closeSync(fd);
    }));
}

test('listenerInfo of an unnamed unix socket has an empty address', () =>
  keepsDescriptors(() => {
    const pair = addon.socketpair();
    assert.equal(addon.listenerInfo(pair[0]).address, '');
    assert.equal(addon.listenerInfo(pair[0]).family, 'unix');
    for (const fd of pair) addon.close(fd);
  }));
