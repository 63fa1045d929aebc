import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printedLines, serviceFor } from './listen-support.js';

test('what a handler of a failed listen throws is an uncaught exception', async (t) => {
  const service = await serviceFor(t, ['listen-error-thrown.cjs'], { workers: 1 });
  assert.deepEqual(await printedLines(service, 1), [{ uncaught: 'own EADDRINUSE' }]);
});
