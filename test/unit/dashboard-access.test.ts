// Who may see the dashboard.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLoopback, refuseFigures, refusePage } from '../../src/observe/dashboard/access.js';
import { generateToken, isToken, readToken } from '../../src/observe/dashboard/token.js';
import { temporaryFolder } from '../helpers/cli.js';

const open = { token: null, host: '127.0.0.1' };
const locked = { token: 'correct-horse-battery', host: '0.0.0.0' };

test('without a token only names of loopback are answered, with whichever port', () => {
  for (const host of ['127.0.0.1:9465', '127.0.0.1', 'localhost:1', 'LOCALHOST', '[::1]:9465', '127.8.9.1:80']) {
    assert.equal(refusePage(open, { host }), null, host);
  }
  for (const host of [
    undefined,
    '',
    'evil.example:9465',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    '[::2]:1',
    'a@localhost',
    '127.0.0.1:80:80',
  ]) {
    assert.equal(refusePage(open, { host })?.status, 403, host);
  }
});

test('a name of loopback that is configured may be asked for', () => {
  assert.equal(refusePage({ token: null, host: 'Web.Internal' }, { host: 'web.internal:9465' }), null);
});

test('without a token pages of other origins learn nothing', () => {
  const host = '127.0.0.1:9465';
  for (const site of [undefined, 'same-origin', 'none']) assert.equal(refuseFigures(open, { host, site }), null, site);
  for (const site of ['cross-site', 'same-site']) assert.equal(refuseFigures(open, { host, site })?.status, 403, site);
});

test('where a token is asked for, the page is open and the figures are not', () => {
  const host = 'web.example:9465';
  assert.equal(refusePage(locked, { host }), null);
  const right = { host, authorization: `Bearer ${locked.token}` };
  assert.equal(refuseFigures(locked, right), null);
  assert.equal(refuseFigures(locked, { ...right, site: 'cross-site' })?.status, 403);
  const wrong = [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    locked.token,
    `Basic ${locked.token}`,
    `Bearer ${locked.token}x`,
    'Bearer correct-horse-batter',
  ];
  for (const authorization of wrong)
    assert.equal(refuseFigures(locked, { host, authorization })?.status, 401, authorization);
});

test('loopback is what no other machine can reach', () => {
  for (const address of ['127.0.0.1', '127.0.0.2', '::1']) assert.equal(isLoopback(address), true, address);
  for (const address of ['0.0.0.0', '::', '10.0.0.1', '::ffff:10.0.0.1', '', '127.evil']) {
    assert.equal(isLoopback(address), false, address);
  }
});

test('a generated token is long, and another each time', () => {
  const [one, other] = [generateToken(), generateToken()];
  assert.match(one, /^[\w-]{32}$/);
  assert.notEqual(one, other);
  assert.deepEqual([isToken(one, one), isToken(other, one)], [true, false]);
});

test('a token is the first line of its file, and a file without a good one is refused with the way to make it', () => {
  const file = join(temporaryFolder(), 'token');
  writeFileSync(file, '0123456789abcdef\nanything\n');
  assert.equal(readToken(file), '0123456789abcdef');
  for (const [text, why] of [
    ['', /its first line has 0 characters, and a token has 16 at least\. Make one: openssl rand -hex 24/],
    ['too-short', /9 characters/],
    ['with blanks in it, and long', /characters that no token has/],
  ] as const) {
    writeFileSync(file, text);
    assert.throws(() => readToken(file), { code: 'ERR_DASHBOARD_TOKEN', message: why });
  }
  assert.throws(() => readToken(`${file}-none`), { code: 'ERR_DASHBOARD_TOKEN', message: /ENOENT/ });
});
