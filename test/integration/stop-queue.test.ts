// A stop while more waits in a worker's own queue than it can accept in a moment.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { standStill } from '../helpers/processes.js';
import { startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

/** At 30 ms each they take the worker longer than a second. */
const WAITING = 60;

for (const CLOSE of ['', 'onDrain']) {
  const program = CLOSE === '' ? '' : ', also by a program that closes its server when it drains';
  test(`everybody who waits is served before the stop is done, however long a loaded worker takes${program}`, () =>
    stopWhileSomeWait({ CLOSE }));
}

async function stopWhileSomeWait(env: NodeJS.ProcessEnv): Promise<void> {
  const service = await startService(['slow-accept.cjs'], { workers: 1, env });
  const port = await service.port();
  const [pid = 0] = await service.workerPids();
  await standStill(pid);
  const requests = Array.from({ length: WAITING }, () => get(port, '/', { timeout: 0 }));
  await waitFor('all to wait', async () => {
    const { listeners } = await service.status();
    return listeners[0]?.slots[0]?.queued === WAITING;
  });
  service.kill('SIGTERM');
  await service.waitForEvent('worker-draining');
  process.kill(pid, 'SIGCONT');
  const answers = await Promise.allSettled(requests);
  const failed = answers.filter((answer) => answer.status === 'rejected' || answer.value.status !== 200);
  assert.deepEqual(failed, []);
  assert.equal((await service.end(null)).code, 0);
}
