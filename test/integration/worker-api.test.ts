import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { root } from '../helpers/reuseport.js';
import { plainNode, printed, serviceFor } from './listen-support.js';

const env = { API: join(root, 'dist', 'src', 'worker', 'api.js') };

test('a program learns its slot and generation, and what it does on drain is waited for', async (t) => {
  const service = await serviceFor(t, ['drain-api.mjs'], { env, workers: 1 });
  const port = await service.port();
  assert.deepEqual(JSON.parse((await get(port)).body), { slot: 0, generation: 1, aborted: false });
  assert.equal((await service.command('reload')).code, 0);
  assert.deepEqual(JSON.parse((await get(port)).body), { slot: 0, generation: 2, aborted: false });
  assert.deepEqual(printed(service.stdout), [{ aborted: 0, generation: 1 }, { drained: 0 }]);
});

test('outside a worker it is inert', async () => {
  assert.deepEqual(JSON.parse(await plainNode('drain-api.mjs', [], { ...env, PLAIN: '1' })), { aborted: false });
});
