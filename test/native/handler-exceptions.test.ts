import assert from 'node:assert/strict';
import { test } from 'node:test';

import { childAnswer, runChild } from './support.js';

test("an exception of a handler reaches 'uncaughtException', and the channel goes on", async () => {
  assert.deepEqual(await childAnswer('throw-in-handler', []), [
    'message 0',
    'uncaught: in onMessage 0',
    'message 1',
    'tick 1',
    'microtask 1',
    'uncaught: in onClose',
  ]);
});

test('an exception of a handler that nobody handles ends the process with its message', async () => {
  const { code, signal, stderr } = await runChild('throw-in-handler', ['unhandled']);
  assert.deepEqual({ code, signal }, { code: 1, signal: null });
  assert.match(stderr, /Error: in onMessage 0/);
});

test('the descriptors of a message whose handler throws belong to the handler', async () => {
  assert.deepEqual(await childAnswer('throw-with-descriptor', []), { open: true });
});
