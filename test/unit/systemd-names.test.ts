import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixedKeyOf } from '../../src/supervisor/address.js';
import { isFor } from '../../src/systemd/activated.js';
import { readStoredName, storedName } from '../../src/systemd/stored.js';

const info = { inode: 1, listening: true, queuedConnections: 0, backlogConnections: 0, drops: 0 };
const at = (family: 'IPv4' | 'IPv6' | 'unix', address: string, port: number) => ({ ...info, family, address, port });
const target = { kind: 'tcp', address: null, port: 80, ipv6Only: false, ordinal: 0 } as const;

test('the name of a stored listener says what it is, and is one that systemd takes', () => {
  const listener = { slot: 3, key: 'tcp:[::1]:0#2:v6only', ipv6Only: true, takesAccepted: false };
  const name = storedName(listener) ?? '';
  assert.match(name, /^[\w-]{1,255}$/);
  assert.deepEqual(readStoredName(name), listener);
});

test('a listener with a path too long for a name is not stored, and foreign names are not read', () => {
  assert.equal(storedName({ slot: -1, key: `unix:/${'x'.repeat(200)}`, ipv6Only: false, takesAccepted: true }), null);
  for (const name of ['', 'web.socket', 'reuseport-', 'reuseport-e30', 'reuseport-!!']) {
    assert.equal(readStoredName(name), null, name);
  }
});

test('the port that the kernel chose takes the place of 0 in a key', () => {
  assert.equal(fixedKeyOf('tcp:*:0#1', 4000), 'tcp:*:4000');
  assert.equal(fixedKeyOf('tcp:[::]:0#0:v6only', 4000), 'tcp:[::]:4000:v6only');
  assert.equal(fixedKeyOf('tcp:127.0.0.1:80', 80), 'tcp:127.0.0.1:80');
  assert.equal(fixedKeyOf('unix:/run/a:0#1/b', 0), 'unix:/run/a:0#1/b');
});

test('a socket unit is for who asks for its address, and a wildcard one for who names no address', () => {
  assert.equal(isFor(target, at('IPv6', '::', 80)), true);
  assert.equal(isFor(target, at('IPv4', '0.0.0.0', 80)), true);
  assert.equal(isFor(target, at('IPv4', '127.0.0.1', 80)), false);
  assert.equal(isFor(target, at('IPv6', '::', 81)), false);
  assert.equal(isFor({ ...target, address: '127.0.0.1' }, at('IPv4', '127.0.0.1', 80)), true);
  assert.equal(isFor({ ...target, address: '127.0.0.1' }, at('IPv4', '0.0.0.0', 80)), false);
  assert.equal(isFor({ kind: 'unix', path: '/run/a' }, at('unix', '/run/a', 0)), false);
});
