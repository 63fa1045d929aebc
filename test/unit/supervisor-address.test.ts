import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenTarget } from '../../src/channel/messages.js';
import { type BoundAddress, collide, keyOf } from '../../src/supervisor/address.js';

const tcp = (fields: Partial<Extract<ListenTarget, { kind: 'tcp' }>>): ListenTarget => {
  return { kind: 'tcp', address: null, port: 80, ipv6Only: false, ordinal: 0, ...fields };
};

test('the key tells address, port, v6only and, for port 0, the ordinal', () => {
  assert.equal(keyOf(tcp({})), 'tcp:*:80');
  assert.equal(keyOf(tcp({ address: '127.0.0.1', ordinal: 7 })), 'tcp:127.0.0.1:80');
  assert.equal(keyOf(tcp({ address: '::1', ipv6Only: true })), 'tcp:[::1]:80:v6only');
  assert.equal(keyOf(tcp({ port: 0, ordinal: 2 })), 'tcp:*:0#2');
  assert.equal(keyOf({ kind: 'unix', path: '/run/a.sock' }), 'unix:/run/a.sock');
});

const at = (text: string, ipv6Only = false): BoundAddress => {
  const split = text.lastIndexOf(':');
  const address = text.slice(0, split);
  return { family: address.includes(':') ? 'IPv6' : 'IPv4', address, port: Number(text.slice(split + 1)), ipv6Only };
};

const pairs: [BoundAddress, BoundAddress, boolean][] = [
  [at('127.0.0.1:80'), at('127.0.0.1:80'), true],
  [at('127.0.0.1:80'), at('127.0.0.1:81'), false],
  [at('127.0.0.1:80'), at('127.0.0.2:80'), false],
  [at('0.0.0.0:80'), at('127.0.0.1:80'), true],
  [at(':::80'), at('::1:80'), true],
  [at(':::80'), at('0.0.0.0:80'), true],
  [at(':::80'), at('127.0.0.1:80'), true],
  [at(':::80', true), at('0.0.0.0:80'), false],
  [at('::1:80'), at('0.0.0.0:80'), false],
  [at('::1:80'), at('127.0.0.1:80'), false],
  [at('::ffff:127.0.0.1:80'), at('127.0.0.1:80'), true],
  [at('::ffff:127.0.0.1:80'), at('127.0.0.2:80'), false],
  [at('::ffff:127.0.0.1:80'), at('0.0.0.0:80'), true],
  [at('FE80::1:80'), at('fe80::1:80'), true],
];

for (const [a, b, expected] of pairs) {
  const names = [a, b].map(({ address, ipv6Only }) => `${address}${ipv6Only ? ' (v6only)' : ''}`);
  test(`${names.join(' and ')}, ports ${a.port} and ${b.port}, ${expected ? 'exclude each other' : 'go together'}`, () => {
    assert.equal(collide(a, b), expected);
    assert.equal(collide(b, a), expected);
  });
}
