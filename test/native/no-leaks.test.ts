import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addon, childAnswer, keepsDescriptors, listenOn, recorder } from './support.js';

const { fd: takenFd, port: taken } = listenOn();
const name = `\0reuseport-leaks-${process.pid}`;
const takenUnix = addon.bindUnixListener(name);
const many = 100;

test.after(() => {
  addon.close(takenFd);
  addon.close(takenUnix);
});

/** Each of these fails at another step; socket() has succeeded before most of them. */
const failing: Record<string, () => unknown> = {
  'an address that this machine has not': () => addon.bindTcpListener({ address: '192.0.2.77', port: 0 }),
  'a taken port': () => addon.bindTcpListener({ address: '127.0.0.1', port: taken, reusePort: false }),
  'a link-local address without scope': () => addon.bindTcpListener({ address: 'fe80::1', port: 0 }),
  'an interface that does not exist': () => addon.bindTcpListener({ address: 'fe80::1%nosuchif0', port: 0 }),
  'a wrong option': () => addon.bindTcpListener({ address: '127.0.0.1', port: 0, incomingCpu: -1 }),
  'a taken abstract name': () => addon.bindUnixListener(name),
  'a path without its folder': () => addon.bindUnixListener('/nosuchfolder/socket'),
  'listen on a pair': () => {
    const [left, right] = addon.socketpair();
    try {
      addon.listen(left, 1);
    } finally {
      addon.close(left);
      addon.close(right);
    }
  },
  'a channel on a listener': () => new addon.Channel(takenFd, recorder().handlers),
  'a message that is too large': () => {
    const [left, right] = addon.socketpair();
    const channel = new addon.Channel(left, recorder().handlers);
    try {
      channel.send(Buffer.alloc(1 << 20), [0, 1]);
    } finally {
      channel.close();
      addon.close(right);
    }
  },
};
for (const [what, action] of Object.entries(failing)) {
  test(`${what}, ${many} times, leaves no descriptor`, () =>
    keepsDescriptors(() => {
      for (let i = 0; i < many; i++) assert.throws(action);
    }));
}

test('what succeeds leaves none either: info, dump, pair, duplicate, channel', () =>
  keepsDescriptors(() => {
    for (let i = 0; i < many; i++) {
      addon.listenerInfo(takenFd);
      addon.listeningSockets(taken);
      addon.close(addon.dup(takenFd));
      const [left, right] = addon.socketpair();
      addon.peerCredentials(left);
      const channel = new addon.Channel(left, recorder().handlers);
      channel.send('x', [left, right, 0]);
      channel.close();
      addon.close(right);
    }
  }));

const emfile = (syscall: string) => ({ value: { code: 'EMFILE', errno: 24, syscall }, leaked: 0 });

test('every function that makes a descriptor is EMFILE at the limit and leaks none', async () => {
  const answer = (await childAnswer('call-at-limit', [], { descriptorLimit: 64 })) as Record<string, unknown>;
  assert.deepEqual(answer, {
    bindTcpListener: emfile('socket'),
    bindUnixListener: emfile('socket'),
    listeningSockets: emfile('socket'),
    dup: emfile('fcntl'),
    'socketpair with none free': emfile('socketpair'),
    'socketpair with one free': emfile('socketpair'),
    'send with none free': emfile('fcntl'),
    'send with one free of two': emfile('fcntl'),
  });
});
