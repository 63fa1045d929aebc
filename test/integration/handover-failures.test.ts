import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/cli.js';
import { endClientsAfter, KeepAliveClient } from '../helpers/keep-alive.js';
import { isAlive } from '../helpers/processes.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
  test(`clients that were being handed over to a worker that gets ${signal} are served where they were`, async (t) => {
    endClientsAfter(t);
    const env = { SUCCESSOR_SIGNAL: signal, MARK: join(temporaryFolder(), signal) };
    const service = await serviceFor(t, ['handover-echo.cjs'], { workers: 1, env });
    const clients = await KeepAliveClient.openUsed(await service.port(), 40);
    const [old = 0] = await service.workerPids();
    const reloading = service.command('reload');
    await service.waitForEvent('worker-draining');
    const successor = Number((await service.waitForEvent('worker-started', 2))['workerPid']);
    t.after(() => isAlive(successor) && process.kill(successor, 'SIGCONT'));
    // While the worker waits for the other's answer it promises its clients to go on; then it takes that back.
    const last = await Promise.all(clients.map((client) => client.lastAnswer()));
    assert.deepEqual([...new Set(last.map(({ headers }) => headers.get('x-worker')))], [String(old)]);
    await Promise.all(clients.map((client) => client.end()));
    await waitFor('the old worker to go', () => !isAlive(old));
    if (signal === 'SIGSTOP') process.kill(successor, 'SIGCONT');
    await reloading;
    const { workers, counters } = await waitFor('a successor', async () => {
      const status = await service.status();
      return status.workers[0]?.state === 'ready' && status;
    });
    assert.equal(workers[0]?.openConnections, 0, 'it has given back what it was offered');
    assert.equal(counters.handedOver, 0);
  });
}
