import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { waitFor } from '../helpers/wait.js';
import { printed, serviceFor } from './listen-support.js';

for (const way of ['disconnect', 'kill', 'process']) {
  test(`a worker that leaves by ${way} is replaced first, and finishes what it does`, async (t) => {
    const service = await serviceFor(t, ['cluster-leave.cjs'], { env: { WAY: way }, workers: 1 });
    const port = await service.port();
    const [pid = 0] = await service.workerPids();
    const { body } = await get(port, '/leave');
    assert.deepEqual(JSON.parse(body), { pid, connected: false });
    await waitFor('the worker to go', () => service.logs.find(({ event }) => event === 'worker-exited'), {
      state: () => service.logs,
    });
    assert.notEqual((await get(port)).body, String(pid));
    const order = service.logs.filter(({ event = '' }) => /^worker-(ready|exited|draining)$/.test(event));
    assert.deepEqual(
      order.map(({ event }) => event),
      ['worker-ready', 'worker-ready', 'worker-draining', 'worker-exited'],
    );
    assert.equal(order.at(-1)?.['code'], 0);
    assert.deepEqual(printed(service.stdout), [{ event: 'disconnect', pid }]);
  });
}
