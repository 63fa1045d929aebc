import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import http from 'node:http';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import type { Service } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { printed, printedLines, serviceFor } from './listen-support.js';

const killed = (service: Service) => service.logs.filter(({ event }) => event === 'worker-killed');

test('a response under way whose connection cannot be handed over is finished, with Connection: close', async (t) => {
  const service = await serviceFor(t, ['drain-http.cjs'], { workers: 1, env: { TIED: '1' } });
  const port = await service.port();
  const [pid] = await service.workerPids();
  const agent = new http.Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const slow = get(port, '/last', { agent });
  await printedLines(service, 1);
  assert.equal((await service.command('reload')).code, 0);
  const { body, headers } = await slow;
  assert.equal(body, String(pid));
  assert.equal(headers.connection, 'close');
  assert.notEqual((await get(port)).body, String(pid));
});

test('responses under way at a stop and at a scale-down are finished', async (t) => {
  const service = await serviceFor(t, ['drain-http.cjs']);
  const port = await service.port();
  // So many that the kernel's hash hardly ever gives all of them to one worker: twice in 2^24 runs.
  const atScale = Array.from({ length: 24 }, () => get(port, '/slow'));
  await printedLines(service, 24);
  assert.equal((await service.command('scale', '1')).code, 0);
  assert.equal(new Set((await Promise.all(atScale)).map(({ body }) => body)).size, 2);
  const atStop = get(port, '/slow');
  await printedLines(service, 26);
  service.kill('SIGTERM');
  assert.equal((await atStop).status, 200);
  assert.equal((await service.end()).code, 0);
  assert.deepEqual(killed(service), []);
});

test('an idle connection that cannot be handed over keeps its keep-alive time, then it is closed', async (t) => {
  const env = { KEEP_ALIVE_MS: '4000', TIED: '1' };
  const service = await serviceFor(t, ['drain-http.cjs'], { workers: 1, env });
  const port = await service.port();
  const [pid] = await service.workerPids();
  const used = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const idle = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (const agent of [used, idle]) assert.equal((await get(port, '/', { agent })).headers.connection, 'keep-alive');
  const [socket] = Object.values(idle.freeSockets).flat();
  assert.ok(socket !== undefined);
  const closed = once(socket, 'close');
  const reload = service.command('reload');
  await service.waitForEvent('worker-draining');
  // What is asked before the worker has heard of it is answered as ever.
  const { body } = await waitFor('an answer of a worker that drains', async () => {
    const answer = await get(port, '/', { agent: used });
    return answer.headers.connection === 'close' && answer;
  });
  assert.equal(body, String(pid), 'the connection has not been cut');
  assert.equal(socket.destroyed, false, 'the idle one is still there');
  await closed;
  assert.equal((await reload).code, 0);
  assert.deepEqual(killed(service), []);
});

for (const handler of ['SIGTERM', 'SIGINT']) {
  test(`a program’s own ${handler} handler closes its server without an error and its exit hook runs`, async (t) => {
    const service = await serviceFor(t, ['drain-http.cjs'], { workers: 1, env: { HANDLER: handler } });
    const slow = get(await service.port(), '/slow');
    await printedLines(service, 1);
    const [pid] = await service.workerPids();
    service.kill('SIGTERM');
    assert.equal((await slow).body, String(pid));
    const { code } = await service.end();
    assert.equal(code, 0);
    const expected = [{ slow: true }, { signal: handler, address: true }, { closed: null }, { exit: true }];
    assert.deepEqual(
      printed(service.stdout),
      expected.map((fields) => ({ pid, ...fields })),
    );
    const exited = service.logs.find(({ event }) => event === 'worker-exited');
    assert.equal(exited?.['code'], 0);
  });
}

test('workers whose master is killed finish their requests and end', async (t) => {
  const service = await serviceFor(t, ['drain-http.cjs']);

  const port = await service.port();
  await service.workerPids();
  const slow = Array.from({ length: 6 }, () => get(port, '/slow'));
  await printedLines(service, 6);
  service.kill('SIGKILL');
  for (const { status } of await Promise.all(slow)) assert.equal(status, 200);
  await waitFor('the port to be free', () =>
    get(port).then(
      () => false,
      () => true,
    ),
  );
  for (const file of [service.control, `${service.control}.state`]) rmSync(file, { force: true });
  await service.end(null);
});
