import assert from 'node:assert/strict';
import { it } from 'node:test';

import { formatBind, parseBind } from '../../src/config/bind.js';

const valid: [string, string | undefined, number, string][] = [
  ['127.0.0.1:3000', '127.0.0.1', 3000, '127.0.0.1:3000'],
  ['localhost:0', 'localhost', 0, 'localhost:0'],
  ['[::1]:3000', '::1', 3000, '[::1]:3000'],
  ['[fe80::1%eth0]:80', 'fe80::1%eth0', 80, '[fe80::1%eth0]:80'],
  ['[::ffff:10.0.0.1]:80', '::ffff:10.0.0.1', 80, '[::ffff:10.0.0.1]:80'],
  [':3000', undefined, 3000, ':3000'],
  ['3000', undefined, 3000, ':3000'],
  ['a:65535', 'a', 65_535, 'a:65535'],
];
for (const [text, host, port, written] of valid) {
  it(`reads the address ${text} as host ${host} and port ${port}`, () => {
    const address = parseBind(text);
    assert.deepEqual(address, { host, port });
    assert.equal(address && formatBind(address), written);
  });
}

for (const text of ['', 'localhost', '::1:3000', '[::1]', '[]:1', 'a:65536', 'a:-1', 'a:b', 'http://a:80', 'a b:80']) {
  it(`refuses the address ${JSON.stringify(text)}`, () => {
    assert.equal(parseBind(text), undefined);
  });
}
