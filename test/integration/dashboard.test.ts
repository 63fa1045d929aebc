// --dashboard: who may see it, what it tells, and when its streams end.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MOST_VIEWERS } from '../../src/observe/dashboard/feed.js';
import { assertRefused, failStart, holdPort, temporaryFolder } from '../helpers/cli.js';
import { dashboardLine, dashboardPort, Watching } from '../helpers/dashboard.js';
import { get } from '../helpers/http.js';
import { Load } from '../helpers/load.js';
import { metricsPort } from '../helpers/metrics.js';
import { isAlive } from '../helpers/processes.js';
import { startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

test('the stream tells what each slot has served, and goes on', async () => {
  const service = await startService(['--dashboard', '0', 'http-hello.cjs']);
  const port = await service.port();
  const watching = new Watching(await dashboardPort(service));
  const { statusCode, headers } = await watching.head;
  assert.deepEqual([statusCode, headers['content-type']], [200, 'text/event-stream; charset=utf-8']);
  for (let count = 0; count < 20; count += 1) await get(port);
  const served = await watching.until(
    '20 requests',
    ({ slots }) => slots.reduce((sum, { requests }) => sum + requests, 0) === 20,
  );
  const pids = await service.workerPids();
  assert.deepEqual(served.slots.map(({ pid }) => pid), pids); // prettier-ignore
  assert.deepEqual(served.slots.map(({ state }) => state), ['ready', 'ready']); // prettier-ignore
  assert.deepEqual(served.addresses, [{ address: `[::]:${port}`, readyWorkers: 2, strangers: 0 }]);
  assert.deepEqual([served.pid, served.phase, served.wanted, served.generation], [service.pid, 'running', 2, 1]);
  await watching.until('a busy share of each', ({ slots }) => slots.every(({ busyShare }) => busyShare !== null));
  watching.close();
  await service.end();
});

test('every answer has the strict policy, and the page is all of its own', async () => {
  const service = await startService(['--dashboard', '127.0.0.1:0', 'http-hello.cjs']);
  const dashboard = await dashboardPort(service);
  for (const [path, status, type] of [
    ['/', 200, 'text/html; charset=utf-8'],
    ['/app.js', 200, 'text/javascript; charset=utf-8'],
    ['/style.css', 200, 'text/css; charset=utf-8'],
    ['/icon.svg', 200, 'image/svg+xml'],
    ['/../package.json', 404, 'text/plain; charset=utf-8'],
  ] as const) {
    const { status: got, headers, body } = await get(dashboard, path);
    assert.deepEqual([got, headers['content-type']], [status, type], path);
    assert.match(
      String(headers['content-security-policy']),
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    assert.doesNotMatch(String(headers['content-security-policy']), /unsafe|http|\*/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    if (path === '/') assert.doesNotMatch(body, /https?:|<style|style=|<script>| on\w+=/);
  }
  assert.equal((await get(dashboard, '/', { method: 'HEAD' })).body, '');
  assert.equal((await get(dashboard, '/events', { method: 'HEAD' })).body, '');
  assert.equal((await get(dashboard, '/', { method: 'POST' })).status, 405);
  assert.equal((await get(dashboard, '/events', { method: 'DELETE' })).status, 405);
  await service.end();
});

test('on loopback neither a name that leads here nor a page of another origin learns anything', async () => {
  const service = await startService(['--dashboard', '0', 'http-hello.cjs']);
  const dashboard = await dashboardPort(service);
  for (const path of ['/', '/app.js', '/events', '/none']) {
    const { status, body } = await get(dashboard, path, { headers: { host: `rebound.example:${dashboard}` } });
    assert.equal(status, 403, path);
    assert.match(body, /the host "rebound\.example:\d+" is not this machine's loopback/);
  }
  const foreign = await get(dashboard, '/events', { headers: { 'sec-fetch-site': 'cross-site' } });
  assert.deepEqual([foreign.status, foreign.headers['access-control-allow-origin']], [403, undefined]);
  const linked = await get(dashboard, '/', { headers: { 'sec-fetch-site': 'cross-site' } });
  assert.equal(linked.status, 200);
  const forwarded = new Watching(dashboard, { headers: { host: 'localhost:1234' } });
  assert.equal((await forwarded.head).statusCode, 200);
  forwarded.close();
  await service.end();
});

test('beyond loopback a token is generated, logged, asked for, and passed on by an upgrade', async () => {
  const service = await startService(['--dashboard', '0.0.0.0:0', '--metrics', '0', 'http-hello.cjs']);
  const dashboard = await dashboardPort(service);
  const token = /#token=([\w-]{32})$/.exec((await dashboardLine(service)).msg)?.[1];
  assert.ok(token !== undefined);
  assert.equal((await get(dashboard, '/')).status, 200);
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: `Bearer ${token}x` }]) {
    const refused = await get(dashboard, '/events', { headers });
    assert.deepEqual([refused.status, refused.headers['www-authenticate']], [401, 'Bearer']);
  }
  assert.equal((await get(dashboard, `/events?token=${token}`)).status, 401);
  const options = { headers: { authorization: `Bearer ${token}`, host: 'web.example' } };
  const watching = new Watching(dashboard, options);
  await watching.until('the first figures', () => true);
  assert.equal((await service.command('upgrade')).code, 0);
  await watching.ended;
  const after = new Watching(dashboard, options);
  const first = await after.until('figures of the next master', () => true);
  const { pid } = await service.status();
  assert.equal(first.pid, pid);
  assert.notEqual(pid, service.pid);
  assert.equal((await get(await metricsPort(service), '/healthz')).status, 200);
  await waitFor(
    'the next master to have told it',
    () => service.logs.filter(({ event }) => event === 'dashboard').length === 2,
  );
  assert.doesNotMatch((await dashboardLine(service)).msg, /token/);
  assert.equal((await service.command('stop')).code, 0);
  await after.ended;
  await waitFor('the last master to end', () => !isAlive(pid));
  await service.end(null);
});

test('a token from a file is asked for on loopback, too, and is not logged', async () => {
  const file = join(temporaryFolder(), 'token');
  writeFileSync(file, 'a-token-of-our-own\n');
  const service = await startService(['--dashboard', '0', '--dashboard-token-file', file, 'http-hello.cjs']);
  const dashboard = await dashboardPort(service);
  const stranger = new Watching(dashboard);
  const { statusCode } = await stranger.head;
  stranger.close();
  assert.equal(statusCode, 401);
  const watching = new Watching(dashboard, { headers: { authorization: 'Bearer a-token-of-our-own' } });
  await watching.until('figures', () => true);
  assert.equal(service.stderr.includes('a-token-of-our-own'), false);
  watching.close();
  await service.end();
});

test('a file without a token, and an address that somebody has, are errors that leave nothing behind', async () => {
  const none = join(temporaryFolder(), 'none');
  const unreadable = await failStart(['--dashboard', '0', '--dashboard-token-file', none, 'http-hello.cjs']);
  assertRefused(unreadable, 'ERR_DASHBOARD_TOKEN', 2, /ENOENT\. Make one: openssl rand -hex 24 > /);
  const holder = await holdPort();
  const taken = await failStart(['--dashboard', `127.0.0.1:${holder.port}`, 'http-hello.cjs']);
  assertRefused({ ...taken, stderr: taken.stderr.replace(/^\{.*\n/gm, '') }, 'ERR_DASHBOARD_BIND', 2, /./);
  assert.match(
    taken.stderr,
    new RegExp(`dashboard on 127\\.0\\.0\\.1:${holder.port}: EADDRINUSE: pid ${holder.pid} \\(`),
  );
  await holder.end();
});

test('so many may watch and no more; a stop ends all streams and waits for none', async () => {
  const service = await startService(['--dashboard', '0', '--metrics', '0', 'http-hello.cjs']);
  const dashboard = await dashboardPort(service);
  const watching = Array.from({ length: MOST_VIEWERS }, () => new Watching(dashboard));
  await Promise.all(watching.map((each) => each.until('its first figures', () => true)));
  const refused = await get(dashboard, '/events');
  assert.equal(refused.status, 503);
  assert.match(refused.body, /^16 watch already/);
  watching[0]?.close();
  await waitFor('a place to be free', async () => {
    const next = new Watching(dashboard);
    const { statusCode } = await next.head;
    next.close();
    return statusCode === 200;
  });
  assert.equal((await service.end()).code, 0);
  await Promise.all(watching.map(({ ended }) => ended));
  await assert.rejects(get(dashboard, '/'), { code: 'ECONNREFUSED' });
});

test('a stopped worker, a reload and a crash are told under load', async (t) => {
  const service = await startService(['--dashboard', '0', '--hang-timeout', '0s', 'http-hello.cjs']);
  const load = new Load(await service.port(), 4);
  const watching = new Watching(await dashboardPort(service));
  await watching.until('figures', () => true);
  assert.equal((await service.command('reload')).code, 0);
  const reloaded = await watching.until('the reload', ({ lastReload }) => lastReload !== null);
  assert.deepEqual([reloaded.lastReload?.generation, reloaded.lastReload?.complete], [2, true]);
  const [pid = 0] = await service.workerPids();
  process.kill(pid, 'SIGKILL');
  await watching.until(
    'another worker in its place',
    ({ slots }) => slots[0]?.restarts === 1 && slots[0].state === 'ready',
  );
  await load.stop();
  const [, other = 0] = await service.workerPids();
  process.kill(other, 'SIGSTOP');
  t.after(() => isAlive(other) && process.kill(other, 'SIGCONT'));
  await watching.until('the stopped one', ({ slots }) =>
    slots.some(({ pid, isStopped }) => pid === other && isStopped),
  );
  process.kill(other, 'SIGCONT');
  watching.close();
  await service.end();
});
