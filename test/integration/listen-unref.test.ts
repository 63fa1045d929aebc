import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { printedLines, serviceFor } from './listen-support.js';

test('servers that are unref’d before or after they listen serve, and do not keep the worker alive', async (t) => {
  const service = await serviceFor(t, ['listen-unref.cjs'], { workers: 1 });
  const [ports] = await printedLines<{ before: number; after: number }>(service, 1);
  const [pid = 0] = await service.workerPids();
  assert.equal((await get(ports?.before ?? 0)).body, String(pid));
  assert.equal((await get(ports?.after ?? 0)).body, String(pid));
  process.kill(pid, 'SIGUSR2');
  const exited = await service.waitForEvent('worker-exited');
  assert.equal(exited['workerPid'], pid);
  assert.equal(exited['code'], 0);
});
