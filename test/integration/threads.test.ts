// Workers with several event loops: each is a slot, and a process with all of its loops is replaced as one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { Load } from '../helpers/load.js';
import { descriptorsOf } from '../helpers/processes.js';
import { startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';
import { loopsThatAnswer, rows, THREADS } from './threads-support.js';

test('each loop has a slot, a row and a listener of its own; those of a worker share a process', async (t) => {
  const service = await serviceFor(t, THREADS, { workers: 2 });
  const loops = await loopsThatAnswer(await service.port(), 4);
  const { workers, listeners } = await service.status();
  assert.deepEqual(
    workers.map(({ slot, pid, state }) => [slot, pid, state]),
    loops.map(({ slot, pid }) => [slot, pid, 'ready']),
  );
  assert.deepEqual(
    workers.map(({ thread }) => thread),
    [0, 1, 0, 1],
  );
  assert.equal(new Set(loops.map(({ pid }) => pid)).size, 2);
  const inodes = listeners[0]?.slots.map(({ inode }) => inode) ?? [];
  assert.equal(new Set(inodes).size, 4);
  for (const { slot, pid } of loops) {
    const socket = `socket:[${inodes[slot]}]`;
    assert.equal(descriptorsOf(pid).filter((target) => target === socket).length, 1);
  }
});

test('in its threads the program sees the arguments and the environment that it has in the main thread', async (t) => {
  const args = ['--threads', '2', '--env', 'OWN=yes', 'threads.mjs', '--', 'one', 'two'];
  const service = await serviceFor(t, args, { workers: 1 });
  const port = await service.port();
  const [worker = 0] = await service.workerPids();
  const seen = new Map<boolean, string>();
  await waitFor('both threads to answer', async () => {
    const { isMainThread, ...facts } = JSON.parse((await get(port, '/facts')).body) as Record<string, unknown>;
    seen.set(isMainThread === true, JSON.stringify(facts));
    return seen.size === 2;
  });
  assert.equal(seen.get(true), seen.get(false));
  const facts = JSON.parse(seen.get(false) ?? '') as Record<string, unknown>;
  assert.deepEqual(
    [facts['argv'], facts['pid'], facts['ppid'], facts['own']],
    [['one', 'two'], worker, service.pid, 'yes'],
  );
});

test('reloads under a load of new connections lose none', { timeout: 120_000 }, async (t) => {
  const service = await serviceFor(t, THREADS, { workers: 2 });
  const load = new Load(await service.port());
  for (let round = 0; round < 3; round += 1) {
    const { code, stderr } = await service.command('reload');
    assert.equal(code, 0, stderr);
    await load.more(50);
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual(await rows(service), [
    [0, 0, 4, 'ready'],
    [1, 1, 4, 'ready'],
    [2, 0, 4, 'ready'],
    [3, 1, 4, 'ready'],
  ]);
});

test('scaling is by processes; under load it loses nothing', { timeout: 120_000 }, async (t) => {
  const service = await serviceFor(t, THREADS, { workers: 2 });
  const load = new Load(await service.port());
  for (const workers of ['3', '1', '2']) {
    const { code, stderr } = await service.command('scale', workers);
    assert.equal(code, 0, stderr);
    assert.equal((await rows(service)).length, Number(workers) * 2);
    await load.more(50);
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
  const tooMany = await service.command('scale', '33');
  assert.equal(tooMany.code, 2);
  assert.match(tooMany.stderr, /ERR_USAGE: scale: 33 workers of 2 threads: 32 at the most/);
});

test('a stop lets every loop finish what it has begun', async () => {
  const service = await startService(THREADS, { workers: 1 });
  const port = await service.port();
  await loopsThatAnswer(port, 2);
  const slow = Array.from({ length: 16 }, () => get(port, '/?later=300'));
  const answered = Promise.all(slow);
  await get(port);
  const [{ code }, answers] = await Promise.all([service.end(), answered]);
  assert.equal(code, 0);
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
});

test('requests that a worker serves are those of all its loops', { timeout: 60_000 }, async (t) => {
  const service = await serviceFor(t, ['--max-requests', '60', ...THREADS], { workers: 1 });
  const load = new Load(await service.port(), 4);
  await service.waitForEvent('worker-exited', 2);
  await load.stop();
  assert.deepEqual(load.failures, []);
  const recycled = service.logs.find(({ event }) => event === 'recycle');
  assert.match(recycled?.msg ?? '', /worker 0 is recycled: \d+ requests \(maxRequests 60\)/);
});

test('a spare with its threads takes the slots of a worker that is killed', async (t) => {
  const service = await serviceFor(t, ['--spares', '1', ...THREADS], { workers: 1 });
  const port = await service.port();
  const [{ pid: first } = { pid: 0 }] = await loopsThatAnswer(port, 2);
  await service.waitForEvent('spare-ready');
  const spare = (await service.status()).workers.find(({ state }) => state === 'spare')?.pid;
  process.kill(first, 'SIGKILL');
  await service.waitForEvent('worker-ready', 2);
  const loops = await loopsThatAnswer(port, 2);
  assert.deepEqual(
    loops.map(({ slot, pid, thread }) => [slot, pid, thread]),
    [
      [0, spare, 0],
      [1, spare, 1],
    ],
  );
});
