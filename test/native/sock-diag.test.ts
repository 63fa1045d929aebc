import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addon, childAnswer, keepsDescriptors, listenOn } from './support.js';

test('listeningSockets finds an IPv4 listener by its port, with every field', () =>
  keepsDescriptors(() => {
    const { fd, port } = listenOn('127.0.0.1', 33);
    assert.deepEqual(addon.listeningSockets(port), [
      {
        family: 'IPv4',
        address: '127.0.0.1',
        port,
        inode: addon.listenerInfo(fd).inode,
        uid: process.getuid?.(),
        queuedConnections: 0,
        backlogConnections: 33,
        ipv6Only: false,
        interfaceIndex: 0,
      },
    ]);
    addon.close(fd);
  }));

for (const ipv6Only of [true, false]) {
  test(`listeningSockets tells ipv6Only ${ipv6Only} of a listener on ::`, () =>
    keepsDescriptors(() => {
      const fd = addon.bindTcpListener({ address: '::', port: 0, ipv6Only });
      addon.listen(fd, 1);
      const info = addon.listenerInfo(fd);
      const [found, ...others] = addon.listeningSockets(info.port);
      assert.deepEqual(others, []);
      assert.equal(found?.ipv6Only, ipv6Only);
      assert.equal(found.address, '::');
      assert.equal(found.inode, info.inode);
      addon.close(fd);
    }));
}

test('listeningSockets finds every member of a group, and no socket that only is bound', () =>
  keepsDescriptors(() => {
    const first = listenOn();
    const second = addon.bindTcpListener({ address: '127.0.0.1', port: first.port });
    const bound = addon.bindTcpListener({ address: '127.0.0.1', port: first.port });
    addon.listen(second, 1);
    const inodes = addon.listeningSockets(first.port).map((socket) => socket.inode);
    assert.equal(inodes.length, 2);
    assert.deepEqual(new Set(inodes), new Set([first.fd, second].map((fd) => addon.listenerInfo(fd).inode)));
    for (const fd of [first.fd, second, bound]) addon.close(fd);
  }));

test('listeningSockets without a port finds ours among those of other ports', () =>
  keepsDescriptors(() => {
    const listeners = [listenOn(), listenOn()];
    const found = new Set(addon.listeningSockets().map((socket) => socket.inode));
    for (const { fd } of listeners) {
      assert.ok(found.has(addon.listenerInfo(fd).inode));
      addon.close(fd);
    }
  }));

test('listeningSockets of a port that nobody listens on is empty', () =>
  keepsDescriptors(() => {
    const { fd, port } = listenOn();
    addon.close(fd);
    assert.deepEqual(addon.listeningSockets(port), []);
  }));

test('a dump of 1000 listeners, which takes several parts, is complete', () =>
  keepsDescriptors(() => {
    const first = listenOn();
    const fds = Array.from({ length: 999 }, () => {
      const fd = addon.bindTcpListener({ address: '127.0.0.1', port: first.port });
      addon.listen(fd, 1);
      return fd;
    });
    const ours = new Set([first.fd, ...fds].map((fd) => addon.listenerInfo(fd).inode));
    const found = addon.listeningSockets(first.port).map((socket) => socket.inode);
    assert.equal(found.length, 1000);
    assert.ok(found.every((inode) => ours.has(inode)));
    for (const fd of [first.fd, ...fds]) addon.close(fd);
  }));

test(
  'a listener of another user is told with its uid',
  { skip: process.getuid?.() !== 0 && 'needs root' },
  async () => {
    assert.equal(await childAnswer('own-listener-uid', [], { user: 65534 }), 65534);
  },
);
