// Nothing that a worker has started outlives it, and nothing that a living worker has started is touched.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { notRoot, temporaryFolder } from '../helpers/cli.js';
import { Descendants, PER_WORKER, withoutZombies } from '../helpers/descendants.js';
import { isAlive } from '../helpers/processes.js';
import { type Service, startService, type StartOptions } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

async function startWith(descendants: Descendants, args: readonly string[] = [], options: StartOptions = {}) {
  const env = { TOKEN: descendants.token, ...options.env };
  const service = await startService([...args, 'descendants.cjs'], { ...options, env });
  return { service, workers: await service.workerPids() };
}

/** But one, which has left its session and its environment: it may be that of any worker that lives, and is left to it. */
async function gone(descendants: Descendants, worker: number): Promise<void> {
  await waitFor('what can be told to be its own to be gone', () => descendants.of(worker).length <= 1);
}

test('a worker that is killed leaves no process and no zombie, and its siblings and successors keep theirs', async () => {
  const descendants = new Descendants();
  const { service, workers } = await startWith(descendants);
  const [killed = 0, sibling = 0] = workers;
  await descendants.started(workers);
  const before = descendants.of(sibling).map(({ pid }) => pid);
  process.kill(killed, 'SIGKILL');
  await gone(descendants, killed);
  await waitFor('a successor', async () => !(await service.workerPids()).includes(killed));
  const successor = (await service.workerPids()).filter((pid) => pid !== sibling);
  await descendants.started(successor);
  await withoutZombies(service.pid);
  assert.deepEqual(
    descendants.of(sibling).map(({ pid }) => pid),
    before,
  );
  assert.equal((await service.command('stop')).code, 0);
  assert.deepEqual(descendants.all(), []);
  await service.end(null);
});

test('the only worker leaves nothing at all, whatever its descendants have left', async () => {
  const descendants = new Descendants();
  const { service, workers } = await startWith(descendants, [], { workers: 1 });
  await descendants.started(workers);
  process.kill(workers[0] ?? 0, 'SIGKILL');
  await descendants.ended(workers);
  const ended = await service.waitForEvent('descendants-ended');
  assert.deepEqual([ended['pid'], ended['processes']], [workers[0], PER_WORKER]);
  await withoutZombies(service.pid);
  await service.end();
  assert.deepEqual(descendants.all(), []);
});

test('what does not heed SIGTERM gets SIGKILL after the grace, and a stop ends after that', async () => {
  const descendants = new Descendants();
  const { service, workers } = await startWith(descendants, ['--graceful-timeout', '1s'], {
    workers: 1,
    env: { STUBBORN: '1' },
  });
  await descendants.started(workers, PER_WORKER + 2);
  const { code, stderr } = await service.command('stop');
  assert.equal(code, 0, stderr);
  assert.deepEqual(descendants.all(), []);
  const { logs } = service;
  await service.end(null);
  assert.equal(logs.find(({ event }) => event === 'descendants-ended')?.['signal'], 'SIGKILL');
});

test('a second quick stop gives no grace', async () => {
  const descendants = new Descendants();
  const { service, workers } = await startWith(descendants, ['--graceful-timeout', '1h'], {
    workers: 1,
    env: { STUBBORN: '1' },
  });
  await descendants.started(workers, PER_WORKER + 2);
  service.kill('SIGINT');
  await waitFor('the worker to be gone', () => !workers.some(isAlive));
  service.kill('SIGINT');
  await service.end(null);
  assert.deepEqual(descendants.all(), []);
});

test('at a reload the descendants of the former workers end, and those of the new ones live', async () => {
  const descendants = new Descendants();
  const { service, workers } = await startWith(descendants);
  await descendants.started(workers);
  assert.equal((await service.command('reload')).code, 0);
  await descendants.ended(workers);
  await descendants.started(await service.workerPids());
  await withoutZombies(service.pid);
  await service.end();
  assert.deepEqual(descendants.all(), []);
});

test('a daemon of a living worker that ends by itself is reaped', async () => {
  const descendants = new Descendants();
  const { service, workers } = await startWith(descendants, [], { workers: 1 });
  await descendants.started(workers);
  const adopted = descendants.of(workers[0] ?? 0).filter(({ parent }) => parent === service.pid);
  assert.equal(adopted.length, 2, 'both daemons are children of the master');
  for (const { pid } of adopted) process.kill(pid, 'SIGKILL');
  await waitFor('both to end', () => adopted.every(({ pid }) => !isAlive(pid)));
  await withoutZombies(service.pid);
  assert.equal(descendants.all().length, PER_WORKER - 2);
  await service.end();
});

test('an upgrade ends what the former workers have started, and the new master cares for the rest', async () => {
  const descendants = new Descendants();
  const { service, workers } = await startWith(descendants);
  await descendants.started(workers);
  assert.equal((await service.command('upgrade')).code, 0);
  const { pid } = await service.status();
  await descendants.ended(workers);
  const next = await service.workerPids();
  await descendants.started(next);
  process.kill(next[0] ?? 0, 'SIGKILL');
  await gone(descendants, next[0] ?? 0);
  await descendants.started(next.slice(1));
  await stopTakenOver(service, pid, descendants);
});

test('an upgrade whose workers do not get ready touches nothing of those that serve on, until they die', async () => {
  const broken = join(temporaryFolder(), 'broken');
  const descendants = new Descendants();
  const { service, workers } = await startWith(descendants, [], { env: { BROKEN: broken } });
  await descendants.started(workers);
  const before = descendants.all().map(({ pid }) => pid);
  writeFileSync(broken, '');
  assert.equal((await service.command('upgrade')).code, 1);
  rmSync(broken);
  const { pid } = await service.status();
  assert.notEqual(pid, service.pid);
  assert.deepEqual(
    descendants.all().map((row) => row.pid),
    before,
  );
  process.kill(workers[0] ?? 0, 'SIGKILL');
  await gone(descendants, workers[0] ?? 0);
  await descendants.started(workers.slice(1));
  await stopTakenOver(service, pid, descendants);
});

test('workers without a master keep what they have started; the next master ends what those that died have left', async () => {
  const descendants = new Descendants();
  const grace = ['--orphan-grace', '60s'];
  const { service: first, workers } = await startWith(descendants, grace);
  await descendants.started(workers);
  await first.killMaster();
  const [killed = 0, sibling = 0] = workers;
  process.kill(killed, 'SIGKILL');
  await waitFor('the worker to be gone', () => !isAlive(killed));
  assert.equal(descendants.all().length, 2 * PER_WORKER);
  const { service } = await startWith(descendants, grace, { control: first.control });
  await gone(descendants, killed);
  await gone(descendants, sibling);
  await descendants.started((await service.workerPids()).filter((pid) => pid !== sibling));
  await service.end();
  await first.discard();
  // Without session, mark and master, nobody can say whose they are.
  const left = descendants.all().map(({ pid }) => pid);
  assert.equal(left.length, 2);
  for (const pid of left) process.kill(pid, 'SIGKILL');
});

test('what workers of another user have started ends with them', { skip: notRoot }, async () => {
  const descendants = new Descendants();
  const { service, workers } = await startWith(descendants, ['--user', 'nobody'], { workers: 1 });
  await descendants.started(workers);
  process.kill(workers[0] ?? 0, 'SIGKILL');
  await descendants.ended(workers);
  await withoutZombies(service.pid);
  await service.end();
  assert.deepEqual(descendants.all(), []);
});

/** The process that a test has started has handed over to another master. */
async function stopTakenOver(service: Service, master: number, descendants: Descendants): Promise<void> {
  assert.equal((await service.command('stop')).code, 0);
  await waitFor('the last master to end', () => !isAlive(master));
  await service.end(null);
  for (const { pid } of descendants.all()) process.kill(pid, 'SIGKILL');
}
