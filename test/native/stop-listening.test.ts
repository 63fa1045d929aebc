import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { addon, listenOn } from './support.js';

test('a listener that is stopped listens no longer, whoever else holds it', async () => {
  const { fd, port } = listenOn();
  assert.equal(addon.listeningSockets(port).length, 1);
  addon.stopListening(fd);
  assert.deepEqual(addon.listeningSockets(port), []);
  assert.equal(addon.listenerInfo(fd).listening, false);
  const [error] = (await once(net.connect(port, '127.0.0.1'), 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNREFUSED');
  assert.throws(() => addon.stopListening(fd), { code: 'ENOTCONN', syscall: 'shutdown' });
  addon.close(fd);
});

test('what is no descriptor is refused', () => {
  assert.throws(() => addon.stopListening(-1), { name: 'RangeError' });
  assert.throws(() => addon.stopListening(999_999), { code: 'EBADF', syscall: 'shutdown' });
});
