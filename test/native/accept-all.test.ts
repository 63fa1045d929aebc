import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { addon } from './kernel-support.js';
import {
  assertSystemError,
  childAnswer,
  connectTo,
  keepsDescriptors,
  listenOn,
  noPython,
  python,
  until,
} from './support.js';

test('acceptAll takes what waits, at most max, non-blocking and close-on-exec', () =>
  keepsDescriptors(async () => {
    const { fd, port } = listenOn();
    assert.deepEqual(addon.acceptAll(fd, 10), []);
    const clients = await Promise.all(Array.from({ length: 5 }, () => connectTo(port)));
    await until(
      () => addon.listenerInfo(fd).queuedConnections === 5,
      () => addon.listenerInfo(fd).queuedConnections,
    );
    const accepted = [...addon.acceptAll(fd, 2), ...addon.acceptAll(fd, 10)];
    assert.equal(accepted.length, 5);
    assert.equal(addon.listenerInfo(fd).queuedConnections, 0);
    for (const one of accepted) {
      assert.equal(addon.queuedConnections(one), 0, 'a connection has no queue');
      // O_CLOEXEC, O_NONBLOCK and O_RDWR, in octal.
      assert.match(readFileSync(`/proc/self/fdinfo/${one}`, 'utf8'), /^flags:\s+02004002$/m);
      addon.close(one);
    }
    for (const client of clients) client.destroy();
    addon.close(fd);
  }));

test('a connection that was reset in the queue does not keep the others from being accepted', () =>
  keepsDescriptors(async () => {
    const { fd, port } = listenOn();
    const clients = await Promise.all(Array.from({ length: 3 }, () => connectTo(port)));
    clients[1]?.resetAndDestroy();
    await once(clients[1] ?? clients[0]!, 'close');
    const accepted = addon.acceptAll(fd, 10);
    assert.ok(accepted.length >= 2, String(accepted.length));
    for (const one of accepted) addon.close(one);
    for (const client of clients) client.destroy();
    addon.close(fd);
  }));

test('at the limit of descriptors acceptAll gives what it got, and throws only when that is nothing', async () => {
  const { fd, port } = listenOn();
  const clients = await Promise.all(Array.from({ length: 3 }, () => connectTo(port)));
  await until(
    () => addon.listenerInfo(fd).queuedConnections === 3,
    () => addon.listenerInfo(fd).queuedConnections,
  );
  assert.deepEqual(await childAnswer('accept-at-limit', [], { fds: [fd], descriptorLimit: 64 }), {
    'two free': { value: 2, leaked: 2 },
    'none free': { value: { code: 'EMFILE', errno: 24, syscall: 'accept4' }, leaked: 0 },
  });
  for (const client of clients) client.destroy();
  addon.close(fd);
});

test('acceptAll refuses a blocking listener and what is no listener', { skip: noPython }, () =>
  keepsDescriptors(() => {
    const { fd } = listenOn();
    // The flag belongs to the open file, which the child shares.
    python('import os; os.set_blocking(3, True)', [fd]);
    assertSystemError(() => addon.acceptAll(fd, 1), {
      code: 'EINVAL',
      errno: 22,
      syscall: 'accept4',
      subject: `blocking fd ${fd}`,
    });
    addon.close(fd);
    assertSystemError(() => addon.acceptAll(999_999, 1), {
      code: 'EBADF',
      errno: 9,
      syscall: 'accept4',
      subject: 'fd 999999',
    });
    assert.throws(() => addon.migrateQueue(999_999, 1), { code: 'EBADF', syscall: 'getsockname' });
    assert.throws(() => addon.acceptAll(0, 0), { name: 'RangeError', message: /^max: / });
  }),
);
