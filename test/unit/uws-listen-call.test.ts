import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readListen, readListenUnix } from '../../src/worker/uws/listen-call.js';

const callback = (): void => {};

test('every form of listen is read as uWebSockets.js reads it', () => {
  const all = { host: '', options: 0, callback };
  assert.deepEqual(readListen([3000, callback]), { ...all, port: 3000 });
  assert.deepEqual(readListen([3000, 1, callback]), { ...all, port: 3000, options: 1 });
  assert.deepEqual(readListen([3000, 2, callback]), { ...all, port: 3000, options: 2 });
  assert.deepEqual(readListen(['::1', 3000, callback]), { ...all, host: '::1', port: 3000 });
  assert.deepEqual(readListen(['::1', 3000, 1, callback]), { host: '::1', port: 3000, options: 1, callback });
  assert.deepEqual(readListen([Buffer.from('::1'), 3000, callback]), { ...all, host: '::1', port: 3000 });
  assert.deepEqual(readListen([new TextEncoder().encode('::1').buffer, 80, callback]), {
    ...all,
    host: '::1',
    port: 80,
  });
});

test('a port that is no number is 0, and one too large is cut', () => {
  assert.equal(readListen(['::1', 'x', callback])?.port, 0);
  assert.equal(readListen([65_536 + 80, callback])?.port, 80);
  assert.equal(readListen(['3000', callback])?.host, '3000');
});

test('what uWebSockets.js refuses is left to it', () => {
  for (const args of [[], [3000], [callback], [3000, 1], [null, 3000, callback]]) assert.equal(readListen(args), null);
  for (const args of [[callback], [callback, ''], ['/path', callback]]) assert.equal(readListenUnix(args), null);
  assert.deepEqual(readListenUnix([callback, '/path']), { path: '/path', callback });
});
