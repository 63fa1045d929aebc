// Workers of uWebSockets.js come and go under load, and no connection is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notRoot } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { Load } from '../helpers/load.js';
import { isAlive, standStill } from '../helpers/processes.js';
import { type Service, startService } from '../helpers/reuseport.js';
import { withoutUws } from '../helpers/uws.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

const skip = withoutUws();

test('reloads under a load of new connections lose none', { skip, timeout: 120_000 }, async (t) => {
  const service = await serviceFor(t, ['uws-http.cjs']);
  const load = new Load(await service.port());
  for (let round = 0; round < 5; round += 1) {
    assert.equal((await service.command('reload')).code, 0);
    await load.more(50);
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.ok(load.answers.size > 5, `only ${load.answers.size} workers answered`);
});

test('scaling down and up under load loses none', { skip, timeout: 120_000 }, async (t) => {
  const service = await serviceFor(t, ['uws-http.cjs']);
  const load = new Load(await service.port());
  for (const workers of ['4', '1', '3', '2']) {
    const { code, stderr } = await service.command('scale', workers);
    assert.equal(code, 0, stderr);
    await load.more(50);
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
});

test(
  'workers that have served their requests are replaced, and none is lost',
  { skip, timeout: 120_000 },
  async (t) => {
    const args = ['--max-requests', '40', '--max-requests-jitter', '40', 'uws-http.cjs'];
    const service = await serviceFor(t, args);
    const load = new Load(await service.port(), 4);
    await service.waitForEvent('worker-exited', 3);
    await load.stop();
    assert.deepEqual(load.failures, []);
    assert.ok((await service.status()).counters.recycles >= 3);
  },
);

test('a stop under load answers all that was accepted', { skip }, async () => {
  const service = await startService(['uws-http.cjs']);
  const load = new Load(await service.port());
  await load.more(100);
  service.kill('SIGTERM');
  await service.finished;
  await load.stop();
  const refused = /ECONNREFUSED/;
  assert.deepEqual(
    load.failures.filter((failure) => !refused.test(failure)),
    [],
  );
  assert.equal((await service.end(null)).code, 0);
});

test('what waits in the queue of a killed worker is served by its successor', { skip }, async (t) => {
  const service = await serviceFor(t, ['uws-http.cjs'], { workers: 1 });
  const port = await service.port();
  const [pid = 0] = await service.workerPids();
  await standStill(pid);
  const waiting = Array.from({ length: 20 }, () => get(port));
  await waitFor('the queue to fill', async () => (await queued(service)) === 20);
  process.kill(pid, 'SIGKILL');
  const answers = await Promise.all(waiting);
  assert.ok(answers.every(({ status, body }) => status === 200 && body !== String(pid)));
  assert.equal((await service.status()).workers[0]?.restarts, 1);
});

test('what waits behind an endless turn is served by the successor', { skip }, async (t) => {
  const service = await serviceFor(t, ['--hang-timeout', '700ms', 'uws-http.cjs'], { workers: 1 });
  const port = await service.port();
  const [pid = 0] = await service.workerPids();
  const spinning = assert.rejects(get(port, '/spin'), /socket hang up|ECONNRESET/);
  await waitFor('the turn', async () => (await service.status()).workers[0]?.busyMs ?? 0);
  const answers = await Promise.all(Array.from({ length: 20 }, () => get(port)));
  await spinning;
  assert.ok(answers.every(({ status, body }) => status === 200 && body !== String(pid)));
  const line = await service.waitForEvent('worker-hung');
  assert.match(line['stack'] as string, /uws-http\.cjs/);
});

async function queued(service: Service): Promise<number> {
  return (await service.status()).listeners[0]?.slots[0]?.queued ?? 0;
}

test('a spare takes the slot of a killed worker', { skip }, async (t) => {
  const service = await serviceFor(t, ['--spares', '1', 'uws-http.cjs'], { workers: 1 });
  const port = await service.port();
  const spare = await waitFor('a spare', async () => {
    return (await service.status()).workers.find(({ state }) => state === 'spare')?.pid ?? undefined;
  });
  const first = Number((await get(port)).body);
  process.kill(first, 'SIGKILL');
  assert.equal((await get(port)).body, String(spare));
});

test('when the master is killed the next one takes the workers over', { skip, timeout: 60_000 }, async () => {
  const args = ['--orphan-grace', '30s', 'uws-http.cjs'];
  const first = await startService(args);
  const load = new Load(await first.port());
  const before = await first.workerPids();
  await load.more(50);
  await first.killMaster();
  await load.more(100);
  const second = await startService(args, { control: first.control });
  await second.waitForEvent('reload-complete');
  await load.more(50);
  await load.stop();
  assert.deepEqual(load.failures, []);
  await waitFor('the former workers to end', () => !before.some(isAlive));
  assert.equal((await second.end()).code, 0);
  await first.discard();
});

test('workers of another user take listeners that root has made', { skip: skip || notRoot }, async (t) => {
  const service = await serviceFor(t, ['--user', 'nobody', 'uws-http.cjs']);
  const load = new Load(await service.port(), 4);
  await load.more(40);
  assert.equal((await service.command('reload')).code, 0);
  await load.more(40);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.ok(load.answers.size > 2);
});
