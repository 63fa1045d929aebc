import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainEarlyExit } from '../../src/supervisor/exit-reason.js';

const plain = { code: null, signal: null, error: null };

test('ends that mean something are explained, others are named', () => {
  assert.match(explainEarlyExit({ ...plain, code: 0 }), /exit code 0 without listening/);
  assert.match(explainEarlyExit({ ...plain, code: 9 }), /--node-arg/);
  assert.match(explainEarlyExit({ ...plain, code: 13 }), /top-level await/);
  assert.match(explainEarlyExit({ ...plain, code: 42 }), /^exit code 42\. /);
  assert.match(explainEarlyExit({ ...plain, signal: 'SIGKILL' }), /memory/);
  assert.equal(explainEarlyExit({ ...plain, signal: 'SIGTERM' }), 'killed by SIGTERM');
});

test('a process that could not be started says which limit to raise', () => {
  assert.match(explainEarlyExit({ ...plain, error: 'spawn node EMFILE' }), /^spawn node EMFILE\. .*ulimit -n/);
  assert.match(explainEarlyExit({ ...plain, error: 'spawn node EAGAIN' }), /TasksMax/);
  assert.equal(explainEarlyExit({ ...plain, error: 'its folder /x does not exist' }), 'its folder /x does not exist');
});
