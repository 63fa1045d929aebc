// /healthz and /readyz: what a load balancer learns, and when.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { metricsPort } from '../helpers/metrics.js';
import { startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

interface Readiness {
  ready: boolean;
  why: string[];
  readyWorkers: number;
  addresses: { address: string; readyWorkers: number }[];
}

async function readiness(port: number): Promise<[number, Readiness]> {
  const { status, headers, body } = await get(port, '/readyz');
  assert.equal(headers['content-type'], 'application/json');
  return [status, JSON.parse(body) as Readiness];
}

test('it is ready while every address has a worker, and not any more as soon as a stop begins', async () => {
  const service = await startService(['--metrics', '0', 'answers-at-the-end.cjs']);
  const [port, metrics] = [await service.port(), await metricsPort(service)];
  const [before, { addresses, readyWorkers }] = await readiness(metrics);
  assert.equal(before, 200);
  assert.deepEqual(addresses, [{ address: `[::]:${port}`, readyWorkers: 2 }]);
  assert.equal(readyWorkers, 2);
  // A request under way keeps its worker, and with it the service.
  const held = http.request({ port, host: '127.0.0.1', method: 'POST', agent: false });
  held.write('a');
  const answered = new Promise<number>((resolve, reject) => {
    held.once('response', (response) => resolve(response.resume().statusCode ?? 0));
    held.once('error', reject);
  });
  await waitFor('the request to be served', async () => {
    return (await service.status()).workers.some(({ requests }) => requests === 1);
  });
  service.kill('SIGTERM');
  await service.waitForEvent('stopping');
  const [stopping, { ready, why }] = await readiness(metrics);
  assert.deepEqual([stopping, ready, why], [503, false, ['the service is stopping']]);
  const alive = await get(metrics, '/healthz');
  assert.deepEqual([alive.status, alive.body], [200, '{"status":"ok","phase":"stopping"}\n']);
  held.end('b');
  assert.equal(await answered, 200);
  assert.equal((await service.end(null)).code, 0);
  await assert.rejects(get(metrics, '/healthz'), { code: 'ECONNREFUSED' });
});

test('before a worker is ready the master is alive and the service not ready', async () => {
  const gate = join(temporaryFolder(), 'gate');
  writeFileSync(gate, '');
  const service = await startService(['--metrics', '0', 'gated.cjs'], { env: { GATE: gate }, ready: false });
  const metrics = await metricsPort(service);
  assert.equal((await get(metrics, '/healthz')).status, 200);
  const [status, { why }] = await readiness(metrics);
  assert.deepEqual([status, why], [503, ['no worker is ready']]);
  rmSync(gate);
  await service.waitForEvent('serving');
  assert.equal((await readiness(metrics))[0], 200);
  await service.end();
});

test('HEAD is answered without a body, other methods and paths say what there is', async () => {
  const service = await startService(['--metrics', '0', 'http-hello.cjs']);
  const metrics = await metricsPort(service);
  for (const path of ['/metrics', '/healthz', '/readyz?verbose']) {
    const [head, full] = [await get(metrics, path, { method: 'HEAD' }), await get(metrics, path)];
    assert.deepEqual([head.status, head.body, full.status], [200, '', 200], path);
    assert.equal(head.headers['content-type'], full.headers['content-type']);
    assert.ok(Number(head.headers['content-length']) > 0);
    assert.equal(full.headers['connection'], 'close');
    const { status, headers } = await get(metrics, path, { method: 'DELETE' });
    assert.deepEqual([status, headers['allow']], [405, 'GET, HEAD']);
  }
  for (const path of ['/', '/metric', '/metrics/', '//metrics']) {
    const { status, body } = await get(metrics, path);
    assert.deepEqual([status, body], [404, 'not found: there are /metrics, /healthz, /readyz\n'], path);
  }
  await service.end();
});
