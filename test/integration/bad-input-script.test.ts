// Scripts that never serve: exit code 3, the script's own words on standard error, and a last line that says what to do.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertFailed, failStart, temporaryFolder } from '../helpers/cli.js';

test('a syntax error ends the start with the stack of the script, the slot and the exit code', async () => {
  const script = join(temporaryFolder(), 'broken.cjs');
  writeFileSync(script, 'const a = ;\n');
  const failed = await failStart([script]);
  const message = assertFailed(failed, 'ERR_WORKER_EXITED', 3);
  assert.match(message, /slot \d \(pid \d+\) ended before it was ready: exit code 1\. .* on standard error/);
  assert.match(failed.stderr, /broken\.cjs:1\nconst a = ;/);
});

test('an error thrown at the start is told by the script itself', async () => {
  const failed = await failStart(['broken/throws-at-start.mjs']);
  assertFailed(failed, 'ERR_WORKER_EXITED', 3);
  assert.match(failed.stderr, /TypeError: no database today\n {4}at .*throws-at-start\.mjs:1/);
});

test('a script that lives on without listening is killed after --ready-timeout', async () => {
  const failed = await failStart(['--ready-timeout', '300ms', 'broken/never-listens.mjs']);
  const message = assertFailed(failed, 'ERR_WORKER_NOT_READY', 3);
  assert.match(message, /sent no "ready" within 0\.3 s .* did not listen on anything\..*--ready-timeout/);
});

test('a script that ends by itself is told from one that fails', async () => {
  const message = assertFailed(await failStart(['broken/ends-at-once.mjs']), 'ERR_WORKER_EXITED', 3);
  assert.match(message, /ended with exit code 0 without listening on anything\. A server calls listen\(\)/);
});

test('an option that Node does not know is named as the cause', async () => {
  const failed = await failStart(['--node-arg=--no-such-flag', 'cli-slot.mjs']);
  const message = assertFailed(failed, 'ERR_WORKER_EXITED', 3);
  assert.match(message, /exit code 9: Node does not know one of its options\. Look at --node-arg/);
  assert.match(failed.stderr, /bad option: --no-such-flag/);
});
