import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { addon, assertSystemError, keepsDescriptors } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'reuseport-'));
after(() => rmSync(folder, { recursive: true }));

test('a unix listener tells its path, and serves when Node adopts it', () =>
  keepsDescriptors(async () => {
    const path = join(folder, 'served');
    const fd = addon.bindUnixListener(path);
    addon.listen(fd, 8);
    const { inode, ...info } = addon.listenerInfo(fd);
    assert.ok(inode > 0);
    assert.deepEqual(info, {
      family: 'unix',
      address: path,
      port: 0,
      listening: true,
      queuedConnections: 0,
      backlogConnections: 0,
      drops: 0,
    });
    const server = createServer((socket) => socket.end('hello'));
    server.listen({ fd });
    await once(server, 'listening');
    const client = connect(path);
    const [data] = (await once(client, 'data')) as [Buffer];
    assert.equal(data.toString(), 'hello');
    await once(client, 'close');
    server.close();
    await once(server, 'close');
  }));

test('a name in the abstract namespace reads back with its leading NUL and leaves no file', () =>
  keepsDescriptors(() => {
    const name = `\0reuseport-test-${process.pid}`;
    const fd = addon.bindUnixListener(name);
    assert.equal(addon.listenerInfo(fd).address, name);
    assert.equal(addon.listenerInfo(fd).listening, false);
    assertSystemError(() => addon.bindUnixListener(name), {
      code: 'EADDRINUSE',
      errno: 98,
      syscall: 'bind',
      subject: name.replace('\0', '@'),
    });
    addon.close(fd);
  }));

test('a path that exists is EADDRINUSE and is not unlinked', () =>
  keepsDescriptors(() => {
    const path = join(folder, 'taken');
    addon.close(addon.bindUnixListener(path));
    assertSystemError(() => addon.bindUnixListener(path), {
      code: 'EADDRINUSE',
      errno: 98,
      syscall: 'bind',
      subject: path,
    });
    assert.ok(existsSync(path));
  }));

test('a path of 107 bytes is taken whole', () =>
  keepsDescriptors(() => {
    const path = join(folder, 'x').padEnd(107, 'x');
    const fd = addon.bindUnixListener(path);
    assert.equal(addon.listenerInfo(fd).address, path);
    addon.close(fd);
  }));

test('a path in a folder that does not exist is ENOENT', () =>
  keepsDescriptors(() => {
    const path = join(folder, 'missing', 'socket');
    assertSystemError(() => addon.bindUnixListener(path), {
      code: 'ENOENT',
      errno: 2,
      syscall: 'bind',
      subject: path,
    });
  }));
