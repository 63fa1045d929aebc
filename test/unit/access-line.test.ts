import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Access, accessLine } from '../../src/worker/access-line.js';

const access: Access = {
  at: new Date('2026-10-03T13:05:06.789Z'),
  remoteAddress: '192.0.2.7',
  method: 'GET',
  url: '/a?b=c',
  httpVersion: '1.1',
  host: 'shop.example',
  status: 200,
  bytes: 2326,
  referer: 'http://shop.example/',
  userAgent: 'curl/8',
  durationMs: 1.23456,
  aborted: false,
  worker: 3,
};

it('combined is the line of nginx and Apache, in UTC', () => {
  const line =
    '192.0.2.7 - - [03/Oct/2026:13:05:06 +0000] "GET /a?b=c HTTP/1.1" 200 2326 "http://shop.example/" "curl/8"\n';
  assert.equal(accessLine('combined', access, 1), line);
});

it('what a request lacks is a dash', () => {
  const bare = { ...access, remoteAddress: undefined, referer: undefined, userAgent: undefined };
  assert.match(accessLine('combined', bare, 1), /^- - - \[.*\] "GET \S+ HTTP\/1\.1" 200 2326 "-" "-"\n$/);
});

it('nothing that a client sends ends a field or the line', () => {
  const userAgent = 'a"b\\c\nd\u001be\u00e9';
  const line = accessLine('combined', { ...access, userAgent }, 1);
  assert.ok(line.endsWith(String.raw`"a\x22b\x5Cc\x0Ad\x1Be\xC3\xA9"` + '\n'), line);
  assert.deepEqual(JSON.parse(accessLine('json', { ...access, userAgent }, 1)).userAgent, userAgent);
});

it('json has all that is known, the duration in milliseconds', () => {
  const { at, ...rest } = access;
  const expected = { time: at.toISOString(), ...rest, durationMs: 1.235, pid: 42 };
  assert.deepEqual(JSON.parse(accessLine('json', access, 42)), expected);
});
