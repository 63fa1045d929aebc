// Programs of uWebSockets.js in the threads of a worker: each thread has its own apps, listener and slot.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Load } from '../helpers/load.js';
import { withoutUws } from '../helpers/uws.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

test('reloads and scaling under load lose nothing', { skip: withoutUws(), timeout: 120_000 }, async (t) => {
  const service = await serviceFor(t, ['--threads', '2', 'uws-http.cjs'], { workers: 1 });
  const load = new Load(await service.port());
  await waitFor('every loop to have served', async () => {
    const { workers } = await service.status();
    return workers.length === 2 && workers.every(({ requests }) => (requests ?? 0) > 0);
  });
  for (const command of [['reload'], ['scale', '2'], ['reload'], ['scale', '1']]) {
    const { code, stderr } = await service.command(...command);
    assert.equal(code, 0, stderr);
    await load.more(50);
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
  const { workers } = await service.status();
  assert.deepEqual(
    workers.map(({ slot, thread, state }) => [slot, thread, state]),
    [
      [0, 0, 'ready'],
      [1, 1, 'ready'],
    ],
  );
});
