// --metrics: what the master tells Prometheus, and on which address.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { METRICS } from '../../src/observe/metrics/table.js';
import { assertRefused, failStart, holdPort, temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { metricsPort, scrape, total, withoutPromtool } from '../helpers/metrics.js';
import { isAlive } from '../helpers/processes.js';
import { type Service, startService } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';
import { waitFor } from '../helpers/wait.js';

test('a scrape tells what each slot has accepted and served, and every metric of the table', async () => {
  const service = await startService(['--metrics', '0', 'http-hello.cjs']);
  const [port, metrics] = [await service.port(), await metricsPort(service)];
  for (let count = 0; count < 20; count += 1) await get(port);
  const { headers } = await get(metrics, '/metrics');
  assert.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  const first = await scrape(metrics);
  assert.equal(total(first, 'reuseport_requests_total'), 20);
  assert.equal(total(first, 'reuseport_accepted_connections_total'), 20);
  assert.equal(total(first, 'reuseport_accept_queue_length'), 0);
  assert.equal(first.values.get(`reuseport_accept_queue_limit{address="[::]:${port}",slot="0"}`), 4096);
  assert.equal(first.values.get('reuseport_slots{state="ready"}'), 2);
  assert.equal(first.values.get(`reuseport_ready_workers{address="[::]:${port}"}`), 2);
  assert.equal(first.values.get('reuseport_steering_info{asked="hash",used="hash"}'), 1);
  for (const name of METRICS.keys()) assert.ok(first.text.includes(`\n# TYPE ${name} `), name);
  for (const name of ['reuseport_worker_resident_memory_bytes', 'reuseport_worker_cpu_seconds_total']) {
    assert.ok(total(first, name) > 0, name);
  }
  for (const [series, value] of first.values) assert.ok(Number.isFinite(value), series);
  await service.end();
});

test('promtool finds nothing to say against it', { skip: withoutPromtool }, async () => {
  const service = await startService(['--metrics', '127.0.0.1:0', 'http-hello.cjs']);
  const { text } = await scrape(await metricsPort(service));
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.equal(`${stdout}${stderr}`, '');
  assert.equal(status, 0);
  await service.end();
});

test('reloads, restarts and exits are counted by what they were', async () => {
  const service = await startService(['--metrics', '0', 'cli-slot.mjs']);
  const metrics = await metricsPort(service);
  assert.equal((await service.command('reload')).code, 0);
  const [pid = 0] = await service.workerPids();
  process.kill(pid, 'SIGKILL');
  await service.waitForEvent('worker-ready', 5);
  const { values } = await scrape(metrics);
  assert.equal(values.get('reuseport_reloads_total{outcome="complete"}'), 1);
  assert.equal(values.get('reuseport_reloads_total{outcome="aborted"}'), 0);
  assert.equal(values.get('reuseport_last_reload_successful'), 1);
  assert.ok((values.get('reuseport_last_reload_duration_seconds') ?? 0) > 0);
  assert.equal(values.get('reuseport_generation'), 2);
  assert.equal(values.get('reuseport_worker_exits_total{slot="0",reason="reload"}'), 1);
  assert.equal(values.get('reuseport_worker_exits_total{slot="0",reason="crash"}'), 1);
  assert.equal(values.get('reuseport_worker_restarts_total{slot="0"}'), 1);
  assert.equal(values.get('reuseport_worker_restarts_total{slot="1"}'), 0);
  await service.end();
});

test('a reload that fails is told as aborted', async () => {
  const folder = temporaryFolder();
  const script = join(folder, 'server.cjs');
  writeFileSync(script, "require('node:http').createServer((_, response) => response.end()).listen(0);");
  const service = await startService(['--metrics', '0', script]);
  writeFileSync(script, 'process.exit(3);');
  assert.equal((await service.command('reload')).code, 1);
  const { values } = await scrape(await metricsPort(service));
  assert.equal(values.get('reuseport_reloads_total{outcome="aborted"}'), 1);
  assert.equal(values.get('reuseport_last_reload_successful'), 0);
  assert.equal(values.get('reuseport_worker_exits_total{slot="0",reason="crash"}'), 1);
  await service.end();
});

test('where the kernel counts, its choices add up to the connections', { skip: steeringDenied() }, async () => {
  const service = await startService(['--metrics', '0', '--steer', 'round-robin', 'http-hello.cjs']);
  const port = await service.port();
  for (let count = 0; count < 10; count += 1) await get(port);
  const told = await scrape(await metricsPort(service));
  const chosen = total(told, 'reuseport_steering_selected_total') + total(told, 'reuseport_steering_fallback_total');
  assert.equal(chosen, 10);
  assert.equal(total(told, 'reuseport_assigned_connections_total'), 10);
  await service.end();
});

test('an address that somebody has is an error that names who, and nothing is left behind', async () => {
  const holder = await holdPort();
  const failed = await failStart(['--metrics', `127.0.0.1:${holder.port}`, 'http-hello.cjs']);
  assert.equal(failed.code, 2, failed.stderr);
  assertRefused({ ...failed, stderr: failed.stderr.replace(/^\{.*\n/gm, '') }, 'ERR_METRICS_BIND', 2, /./);
  assert.match(
    failed.stderr,
    new RegExp(`metrics on 127\\.0\\.0\\.1:${holder.port}: EADDRINUSE: pid ${holder.pid} \\(`),
  );
  assert.match(failed.stderr, /take another port \(--metrics\)/);
  await holder.end();
});

function addresses(service: Service): unknown[] {
  return service.logs.filter(({ event }) => event === 'metrics').map(({ address }) => address);
}

test('an upgrade goes on with the same listener, and who asks meanwhile is answered', async () => {
  const service = await startService(['--metrics', '0', 'http-hello.cjs']);
  const metrics = await metricsPort(service);
  const asking = new AbortController();
  const statuses = new Set<number>();
  const asker = (async () => {
    while (!asking.signal.aborted) statuses.add((await get(metrics, '/readyz')).status);
  })();
  for (let round = 0; round < 2; round += 1) {
    const { code, stderr } = await service.command('upgrade');
    assert.equal(code, 0, stderr);
  }
  await waitFor('three masters to have told it', () => addresses(service).length === 3);
  assert.equal(new Set(addresses(service)).size, 1);
  asking.abort();
  await asker;
  assert.deepEqual([...statuses], [200]);
  const { pid } = await service.status();
  assert.equal((await service.command('stop')).code, 0);
  await waitFor('the last master to end', () => !isAlive(pid));
  await service.end(null);
  await assert.rejects(get(metrics, '/healthz'), { code: 'ECONNREFUSED' });
});

test('an upgrade may give the address up or move it; one that is taken leaves the present master in charge', async () => {
  const folder = temporaryFolder();
  const config = join(folder, 'reuseport.config.json');
  const holder = await holdPort();
  writeFileSync(config, JSON.stringify({ metrics: 0 }));
  const service = await startService(['--config', config, 'http-hello.cjs']);
  const metrics = await metricsPort(service);
  writeFileSync(config, JSON.stringify({ metrics: holder.port }));
  const refused = await service.command('upgrade');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /ERR_UPGRADE_FAILED.*ERR_METRICS_BIND: metrics on .*EADDRINUSE/s);
  assert.equal((await get(metrics, '/readyz')).status, 200);
  await holder.end();
  // Another address, and no port that somebody else could take by then.
  writeFileSync(config, JSON.stringify({ metrics: '127.0.0.2:0' }));
  assert.equal((await service.command('upgrade')).code, 0);
  await waitFor('the new address', () => String(addresses(service).at(-1)).startsWith('127.0.0.2:'));
  const moved = await metricsPort(service);
  assert.equal((await get(moved, '/healthz', { host: '127.0.0.2' })).status, 200);
  await assert.rejects(get(metrics, '/healthz'), { code: 'ECONNREFUSED' });
  writeFileSync(config, '{}');
  assert.equal((await service.command('upgrade')).code, 0);
  await assert.rejects(get(moved, '/healthz', { host: '127.0.0.2' }), { code: 'ECONNREFUSED' });
  const { pid } = await service.status();
  assert.equal((await service.command('stop')).code, 0);
  await waitFor('the last master to end', () => !isAlive(pid));
  await service.end(null);
});
