import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { test } from 'node:test';

import { addon, connectTo, keepsDescriptors, listenOn, until } from './support.js';

/** A listener that leaves a connection in its handshake until the client sends something. */
function deferringListener(): { fd: number; port: number } {
  const fd = addon.bindTcpListener({ address: '127.0.0.1', port: 0, deferAcceptSeconds: 60 });
  addon.listen(fd, 16);
  return { fd, port: addon.listenerInfo(fd).port };
}

const queued = (fd: number) => addon.listenerInfo(fd).queuedConnections;

function deniedBy(action: () => void): string | null {
  try {
    action();
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}

test('handshakes under way are told until they end, each by a name of its own', () =>
  keepsDescriptors(async () => {
    const { fd, port } = deferringListener();
    assert.deepEqual(addon.handshakes(port), []);
    const [first, second] = [await connectTo(port), await connectTo(port)];
    const begun = addon.handshakes(port);
    assert.equal(new Set(begun.map(({ cookie }) => cookie)).size, 2);
    assert.ok(begun.every(({ retransmissions }) => retransmissions === 0));
    assert.deepEqual(addon.handshakes(port === 65_535 ? 1024 : port + 1), []);
    first.write('x');
    await until(
      () => addon.handshakes(port).length === 1,
      () => addon.handshakes(port).length,
    );
    const [left] = addon.handshakes(port);
    assert.ok(begun.some(({ cookie }) => cookie === left?.cookie));
    assert.equal(queued(fd), 1);
    first.destroy();
    second.destroy();
    addon.close(fd);
  }));

const noFilter = (() => {
  const { fd } = listenOn();
  try {
    addon.ignoreSyns(fd, true);
    return false;
  } catch (error) {
    return `filters of TCP sockets are not allowed here: ${(error as Error).message}`;
  } finally {
    addon.close(fd);
  }
})();

test('listeners that refuse SYNs take no new connection, but those whose handshake has begun', () =>
  keepsDescriptors(async () => {
    const { fd, port } = deferringListener();
    const other = addon.bindTcpListener({ address: '127.0.0.1', port, deferAcceptSeconds: 60 });
    addon.listen(other, 16);
    const begun = await Promise.all(Array.from({ length: 8 }, () => connectTo(port)));
    for (const listener of [fd, other]) addon.refuseSyns(listener);
    await assert.rejects(connectTo(port), { code: 'ECONNREFUSED' });
    assert.equal(addon.handshakes(port).length, 8);
    for (const client of begun) client.write('x');
    await until(
      () => queued(fd) + queued(other) === 8,
      () => [queued(fd), queued(other)],
    );
    const answered = begun.map((client) => once(client, 'data'));
    const accepted = [...addon.acceptAll(fd, 8), ...addon.acceptAll(other, 8)];
    const servers = accepted.map((connection) => new Socket({ fd: connection }));
    for (const server of servers) server.end('answer');
    await Promise.all(answered);
    for (const socket of [...begun, ...servers]) socket.destroy();
    for (const listener of [fd, other]) addon.close(listener);
  }));

test('a listener that refuses SYNs takes them again where that is allowed; one that does not is left alone', () =>
  keepsDescriptors(async () => {
    const { fd, port } = listenOn();
    addon.acceptSyns(fd);
    addon.refuseSyns(fd);
    await assert.rejects(connectTo(port), { code: 'ECONNREFUSED' });
    const denied = deniedBy(() => addon.acceptSyns(fd));
    if (denied === null) (await connectTo(port)).destroy();
    else assert.equal(denied, 'EPERM');
    addon.close(fd);
  }));

test(
  'a listener that ignores SYNs takes no new connection, but those whose handshake has begun',
  { skip: noFilter },
  () =>
    keepsDescriptors(async () => {
      const { fd, port } = deferringListener();
      const begun = await connectTo(port);
      addon.ignoreSyns(fd, true);
      const late = connect(port, '127.0.0.1');
      await new Promise(setImmediate);
      assert.equal(addon.handshakes(port).length, 1);
      begun.write('x');
      await until(
        () => queued(fd) === 1,
        () => queued(fd),
      );
      assert.equal(late.connecting, true);
      // Its second SYN comes after a second.
      addon.ignoreSyns(fd, false);
      await once(late, 'connect');
      assert.equal(addon.handshakes(port).length, 1);
      begun.destroy();
      late.destroy();
      addon.close(fd);
    }),
);

test('a SYN that was ignored is answered by another listener once that one is closed', { skip: noFilter }, () =>
  keepsDescriptors(async () => {
    const { fd, port } = listenOn();
    addon.ignoreSyns(fd, true);
    const client = connect(port, '127.0.0.1');
    await new Promise(setImmediate);
    const other = addon.bindTcpListener({ address: '127.0.0.1', port });
    addon.listen(other, 16);
    addon.close(fd);
    await once(client, 'connect');
    assert.equal(queued(other), 1);
    client.destroy();
    addon.close(other);
  }),
);

test('wrong arguments are told by name', () => {
  assert.throws(() => addon.ignoreSyns(999_999, true), { code: 'EBADF', syscall: 'setsockopt' });
  assert.throws(() => addon.refuseSyns(999_999), { code: 'EBADF', syscall: 'setsockopt' });
  assert.throws(() => addon.acceptSyns(999_999), { code: 'EBADF', syscall: 'getsockopt' });
  assert.throws(() => addon.handshakes(0), /^RangeError: port/);
});
