import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenError } from '../../src/worker/errors.js';

const cases = [
  {
    of: ['EADDRINUSE', null, 8080] as const,
    message: 'listen EADDRINUSE: address already in use :::8080',
    fields: { code: 'EADDRINUSE', errno: -98, syscall: 'listen', address: '::', port: 8080 },
  },
  {
    of: ['EACCES', null, 80] as const,
    message: 'listen EACCES: permission denied 0.0.0.0:80',
    fields: { code: 'EACCES', errno: -13, syscall: 'listen', address: '0.0.0.0', port: 80 },
  },
  {
    of: ['EADDRNOTAVAIL', '192.0.2.1', 0] as const,
    message: 'listen EADDRNOTAVAIL: address not available 192.0.2.1',
    fields: { code: 'EADDRNOTAVAIL', errno: -99, syscall: 'listen', address: '192.0.2.1' },
  },
  {
    of: ['EADDRINUSE', '/run/a.sock', -1] as const,
    message: 'listen EADDRINUSE: address already in use /run/a.sock',
    fields: { code: 'EADDRINUSE', errno: -98, syscall: 'listen', address: '/run/a.sock', port: -1 },
  },
];

for (const { of, message, fields } of cases) {
  test(`an error of listen has Node's message and fields: ${message}`, () => {
    const [code, address, port] = of;
    const error = listenError(code, address, port, 'pid 1 listens there');
    assert.equal(error.message, message);
    assert.deepEqual(Object.entries(error), Object.entries(fields), 'in the order of Node');
    assert.equal((error.cause as Error).message, 'pid 1 listens there');
  });
}

test('a code that libuv does not know is kept', () => {
  assert.equal((listenError('EWHAT', '::1', 1, '') as NodeJS.ErrnoException).code, 'EWHAT');
});
