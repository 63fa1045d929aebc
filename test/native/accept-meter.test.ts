// The meter counts what a library of C++ accepts and closes; here the library is uWebSockets.js.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { withoutUws } from '../helpers/uws.js';
import { addon } from './kernel-support.js';
import { assertSystemError, connectTo, keepsDescriptors, listenOn, until } from './support.js';

const skip = withoutUws();

interface Uws {
  App(): {
    any(pattern: string, handler: (response: { end(body: string): void }) => void): unknown;
    listen(host: string, port: number, callback: (token: object | false) => void): unknown;
  };
  getSocketPort(token: object): number;
  closeSocket(token: object): void;
}

test('an address of which a server may be, and none', () => {
  assert.equal(addon.resolveHost('127.0.0.1'), '127.0.0.1');
  assert.equal(addon.resolveHost('::1'), '::1');
  assert.equal(addon.resolveHost('no..host'), null);
});

test('a listener on loopback is found by its port, and others are not', () =>
  keepsDescriptors(() => {
    const { fd, port } = listenOn();
    assert.equal(addon.findLoopbackListener(port), fd);
    const elsewhere = addon.bindTcpListener({ address: '127.0.0.2', port: 0 });
    addon.listen(elsewhere, 1);
    assert.equal(addon.findLoopbackListener(addon.listenerInfo(elsewhere).port), null);
    for (const each of [fd, elsewhere]) addon.close(each);
  }));

test('a descriptor becomes another of the same listener', () =>
  keepsDescriptors(() => {
    const [one, other] = [listenOn(), listenOn()];
    addon.replaceDescriptor(one.fd, other.fd);
    assert.equal(addon.listenerInfo(other.fd).port, one.port);
    for (const { fd } of [one, other]) addon.close(fd);
    assertSystemError(() => addon.replaceDescriptor(one.fd, other.fd), {
      code: 'EBADF',
      errno: 9,
      syscall: 'dup3',
      subject: `fd ${one.fd} onto fd ${other.fd}`,
    });
  }));

test('what is not loaded, or imports no such functions, cannot be hooked', () => {
  assert.match(addon.hookAccepts('/nowhere.node') ?? '', /\/nowhere\.node is not loaded/);
});

test('connections are counted as they come and go, and given ones are served', { skip }, async () => {
  const require = createRequire(import.meta.url);
  const uws = require('uWebSockets.js') as Uws;
  const path = require
    .resolve('uWebSockets.js')
    .replace(/uws\.js$/, `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`);
  assert.equal(addon.hookAccepts(path), null);
  const app = uws.App();
  app.any('/*', (response) => response.end('served'));
  const listenHere = () => {
    const given: object[] = [];
    app.listen('127.0.0.1', 0, (token) => given.push(token || {}));
    const [token = {}] = given;
    const port = uws.getSocketPort(token);
    return { token, port, fd: addon.findLoopbackListener(port) ?? -1 };
  };
  const [listener, feeder] = [listenHere(), listenHere()];
  const meter = new addon.AcceptMeter(listener.fd);
  const other = listenOn();
  assert.equal(meter.feed(listener.fd), false, 'there is nothing to give it on yet');
  meter.feedOn(feeder.fd);

  const clients = await Promise.all(Array.from({ length: 3 }, () => connectTo(listener.port)));
  await until(
    () => meter.openConnections === 3,
    () => meter.openConnections,
  );
  const elsewhere = await connectTo(other.port);
  await until(
    () => addon.listenerInfo(other.fd).queuedConnections === 1,
    () => addon.listenerInfo(other.fd).queuedConnections,
  );
  const [accepted = -1] = addon.acceptAll(other.fd, 1);
  assert.equal(meter.feed(accepted), true);
  assert.deepEqual([meter.waiting, meter.openConnections, meter.accepted], [1, 4, 4]);
  let answer = '';
  elsewhere.on('data', (data: Buffer) => (answer += data.toString()));
  elsewhere.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
  await until(
    () => answer.endsWith('served'),
    () => answer,
  );
  assert.equal(meter.waiting, 0);
  clients[0]?.destroy();
  await until(
    () => meter.openConnections === 3,
    () => meter.openConnections,
  );
  uws.closeSocket(listener.token);
  uws.closeSocket(feeder.token);
  addon.close(other.fd);
  const ends = [...clients.slice(1), elsewhere].map(
    (client) =>
      new Promise((resolve) =>
        client
          .once('close', resolve)
          .resume()
          .once('end', () => client.end()),
      ),
  );
  meter.shutDownAll();
  await Promise.all(ends);
  await until(
    () => meter.openConnections === 0,
    () => meter.openConnections,
  );
  assert.equal(meter.accepted, 4);
});
