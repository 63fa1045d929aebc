import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';

import { addon, connectTo, keepsDescriptors, listenOn, until } from './support.js';

test('a socket that is bound but not listening says so and has no queue', () =>
  keepsDescriptors(() => {
    const fd = addon.bindTcpListener({ address: '127.0.0.1', port: 0 });
    const { listening, queuedConnections, backlogConnections, drops } = addon.listenerInfo(fd);
    assert.deepEqual(
      { listening, queuedConnections, backlogConnections, drops },
      { listening: false, queuedConnections: 0, backlogConnections: 0, drops: 0 },
    );
    assert.equal(addon.queuedConnections(fd), 0);
    addon.close(fd);
  }));

test('the kernel cuts a backlog to somaxconn, and listenerInfo tells what it kept', () =>
  keepsDescriptors(() => {
    const somaxconn = Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
    const { fd } = listenOn('127.0.0.1', 2 ** 31 - 1);
    assert.equal(addon.listenerInfo(fd).backlogConnections, somaxconn);
    addon.close(fd);
  }));

test('listen on a listening socket changes its backlog', () =>
  keepsDescriptors(() => {
    const { fd } = listenOn('127.0.0.1', 5);
    assert.equal(addon.listenerInfo(fd).backlogConnections, 5);
    addon.listen(fd, 7);
    assert.equal(addon.listenerInfo(fd).backlogConnections, 7);
    addon.close(fd);
  }));

test('connections that nobody accepts are counted in the queue, alone, by listenerInfo and by sock_diag', () =>
  keepsDescriptors(async () => {
    const { fd, port } = listenOn();
    const clients = await Promise.all([1, 2, 3].map(() => connectTo(port)));
    await until(
      () => addon.listenerInfo(fd).queuedConnections === 3,
      () => addon.listenerInfo(fd).queuedConnections,
    );
    assert.equal(addon.queuedConnections(fd), 3);
    const dumped = addon.listeningSockets(port)[0];
    assert.equal(dumped?.queuedConnections, 3);
    assert.equal(dumped.backlogConnections, 128);
    for (const client of clients) client.destroy();
    addon.close(fd);
  }));

test('a duplicate of a listener tells the same queue', () =>
  keepsDescriptors(async () => {
    const { fd, port } = listenOn();
    const copy = addon.dup(fd);
    const client = await connectTo(port);
    await until(
      () => addon.listenerInfo(copy).queuedConnections === 1,
      () => addon.listenerInfo(copy).queuedConnections,
    );
    assert.deepEqual(addon.listenerInfo(copy), addon.listenerInfo(fd));
    client.destroy();
    addon.close(copy);
    addon.close(fd);
  }));

test('a full queue drops what comes, and the listener counts it', () =>
  keepsDescriptors(async () => {
    const { fd, port } = listenOn('127.0.0.1', 1);
    const clients: Socket[] = [];
    for (let i = 0; i < 8; i++) {
      // Some of these never connect: that is the point.
      clients.push(connect({ port, host: '127.0.0.1' }).on('error', () => undefined));
    }
    await until(
      () => addon.listenerInfo(fd).drops > 0,
      () => JSON.stringify(addon.listenerInfo(fd)),
    );
    for (const client of clients) client.destroy();
    addon.close(fd);
  }));

test('two listeners of one group both receive connections', () =>
  keepsDescriptors(async () => {
    const first = listenOn('127.0.0.1', 1024);
    const second = addon.bindTcpListener({ address: '127.0.0.1', port: first.port });
    addon.listen(second, 1024);
    const clients = await Promise.all(Array.from({ length: 200 }, () => connectTo(first.port)));
    const queued = () => [first.fd, second].map((fd) => addon.listenerInfo(fd).queuedConnections);
    await until(
      () => queued().reduce((sum, one) => sum + one, 0) === 200,
      () => queued(),
    );
    // Fails by chance once in 2^199 runs.
    assert.ok(
      queued().every((count) => count > 0),
      String(queued()),
    );
    for (const client of clients) client.destroy();
    addon.close(first.fd);
    addon.close(second);
  }));
