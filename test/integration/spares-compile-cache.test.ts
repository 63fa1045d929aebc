import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import Module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAlive } from '../helpers/processes.js';
import { root } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

const skip = 'flushCompileCache' in Module ? false : `Node ${process.version} writes its compile cache only as it ends`;

test('a spare has written the compile cache that the environment names, before anybody ends', { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reuseport-test-'));
  const env = { API: join(root, 'dist', 'src', 'worker', 'api.js'), NODE_COMPILE_CACHE: folder };
  const service = await serviceFor(t, ['--spares', '1', 'spare.mjs'], { workers: 1, env });
  // A worker that ends writes there, too.
  t.after(() => rmSync(folder, { recursive: true }));
  const [worker = 0] = await service.workerPids();
  await waitFor('a spare', async () => (await service.status()).workers.some(({ state }) => state === 'spare'));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.length > 0);
  assert.ok(isAlive(worker));
});
