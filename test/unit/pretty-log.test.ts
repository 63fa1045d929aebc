import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prettyLine } from '../../src/observe/pretty.js';

const time = '2026-01-02T03:04:05.678Z';

test('a pretty line has time, level, message, and the fields that the message does not say', () => {
  const fields = {
    level: 30,
    time,
    pid: 1,
    name: 'shop',
    event: 'worker-ready',
    slot: 0,
    workerPid: 812,
    signal: null,
  };
  const line = prettyLine(JSON.stringify({ ...fields, msg: 'worker 0 is ready' }));
  assert.equal(line, '03:04:05.678 info  worker 0 is ready  slot=0 workerPid=812\n');
});

test('a text of several lines stands below the message, as it is', () => {
  const fields = { level: 50, time, slot: 0, stack: 'at spin (/app/s.js:1:2)\nat run (/app/s.js:3:4)' };
  const line = prettyLine(JSON.stringify({ ...fields, msg: 'slot 0 is killed' }));
  const below = '    at spin (/app/s.js:1:2)\n    at run (/app/s.js:3:4)\n';
  assert.equal(line, `03:04:05.678 error slot 0 is killed  slot=0\n${below}`);
});

test('what the message says already is not said again', () => {
  const fields = { level: 50, time, addresses: ['[::]:80', '127.0.0.1:81'], code: 'ERR_STRANGER' };
  const line = prettyLine(JSON.stringify({ ...fields, msg: 'ERR_STRANGER on [::]:80 and 127.0.0.1:81' }));
  assert.equal(line, '03:04:05.678 error ERR_STRANGER on [::]:80 and 127.0.0.1:81\n');
});
