import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fallbackWish } from '../../src/worker/fallback-arguments.js';

const callback = () => {};
const nothing = { port: 0, host: null, path: null, ipv6Only: false, backlog: null, signal: null, callback: null };
const { signal } = new AbortController();

const cases: [string, unknown[], Partial<typeof nothing> | Record<string, unknown>][] = [
  ['nothing', [], {}],
  ['a callback', [callback], { callback }],
  ['null and a callback', [null, callback], { callback }],
  ['a port', [80], { port: 80 }],
  ['a port as a string', ['80'], { port: 80 }],
  ['port and callback', [80, callback], { port: 80, callback }],
  ['port and host', [80, '::1'], { port: 80, host: '::1' }],
  ['port and backlog', [80, 77], { port: 80, backlog: 77 }],
  ['port, host, backlog, callback', [80, '::1', 77, callback], { port: 80, host: '::1', backlog: 77, callback }],
  ['a path', ['/run/a.sock'], { port: -1, path: '/run/a.sock' }],
  ['a path and a backlog', ['/run/a.sock', 5], { port: -1, path: '/run/a.sock', backlog: 5 }],
  [
    'options',
    [{ port: 80, host: '::', ipv6Only: true, backlog: 3, signal }],
    { port: 80, host: '::', ipv6Only: true, backlog: 3, signal },
  ],
  ['options with an undefined port', [{ port: undefined }], {}],
  ['options with a path', [{ path: 'a.sock' }], { port: -1, path: 'a.sock' }],
];

for (const [what, args, expected] of cases) {
  test(`arguments of listen are understood: ${what}`, () => {
    assert.deepEqual(fallbackWish(args), { ...nothing, ...expected });
  });
}

for (const args of [
  [{ fd: 3 }],
  [{ port: 80, exclusive: true }],
  [{ _handle: {} }],
  [{ port: 70_000 }],
  [{ port: -1 }],
  [{}],
  [true],
]) {
  test(`arguments of listen are left to Node: ${JSON.stringify(args)}`, () => {
    assert.equal(fallbackWish(args), null);
  });
}
