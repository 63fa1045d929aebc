import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { isAlive, standStill } from '../helpers/processes.js';
import { root, type Service, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

const env = { API: join(root, 'dist', 'src', 'worker', 'api.js') };

interface Answer {
  pid: number;
  atLoad: { slot?: number; id: number };
  slot: number;
  id: number;
}

async function ask(port: number): Promise<Answer> {
  return JSON.parse((await get(port)).body) as Answer;
}

async function spareOf(service: Service): Promise<number> {
  return waitFor('a spare', async () => {
    const { workers } = await service.status();
    return workers.find(({ state }) => state === 'spare')?.pid ?? undefined;
  });
}

test('a spare takes the slot of a killed worker, with its listener and queue, and knows its slot from then on', async (t) => {
  const service = await serviceFor(t, ['--spares', '1', 'spare.mjs'], { workers: 1, env });
  const port = await service.port();
  const first = await ask(port);
  assert.deepEqual([first.atLoad.slot, first.slot, first.atLoad.id, first.id], [0, 0, 1, 1]);
  const spare = await spareOf(service);
  const { listeners } = await service.status();
  await standStill(first.pid);
  const waiting = Array.from({ length: 5 }, () => ask(port));
  await waitFor('the queue to fill', async () => (await service.status()).listeners[0]?.slots[0]?.queued === 5);
  process.kill(first.pid, 'SIGKILL');
  for (const answer of await Promise.all(waiting)) {
    assert.deepEqual([answer.pid, answer.atLoad.slot, answer.slot, answer.id], [spare, undefined, 0, 1]);
    assert.ok(answer.atLoad.id > 64, 'no slot has that number');
  }
  const after = await service.status();
  assert.equal(after.listeners[0]?.slots[0]?.inode, listeners[0]?.slots[0]?.inode);
  assert.notEqual(await spareOf(service), spare);
});

/** Somebody waits for every slot, whose workers are stopped. */
async function queueEverywhere(service: Service): Promise<{ pids: number[]; waiting: Promise<Answer>[] }> {
  const port = await service.port();
  const { workers } = await service.status();
  const pids = workers.flatMap(({ slot, pid }) => (slot === null || pid === null ? [] : [pid]));
  for (const pid of pids) await standStill(pid);
  const waiting: Promise<Answer>[] = [];
  await waitFor('all to wait, and somebody for each', async () => {
    for (let count = 0; count < 4; count += 1) waiting.push(ask(port));
    const rows = (await service.status()).listeners[0]?.slots ?? [];
    return rows.length === pids.length && rows.every(({ queued }) => queued > 0);
  });
  return { pids, waiting };
}

test('a spare that is killed while it takes a slot loses nobody: the next worker has the queue', async (t) => {
  const service = await serviceFor(t, ['--spares', '1', 'spare.mjs'], { workers: 1, env });
  const spare = await spareOf(service);
  const { pids, waiting } = await queueEverywhere(service);
  await standStill(spare);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await service.waitForEvent('spare-used');
  process.kill(spare, 'SIGKILL');
  for (const { pid, slot } of await Promise.all(waiting)) {
    assert.equal(slot, 0);
    assert.ok(![...pids, spare].includes(pid));
  }
});

test('of two slots that die at once with one spare each is served: what waits is lost at neither', async (t) => {
  const service = await serviceFor(t, ['--spares', '1', 'spare.mjs'], { workers: 2, env });
  const spare = await spareOf(service);
  const { pids, waiting } = await queueEverywhere(service);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  const answers = await Promise.all(waiting);
  assert.ok(answers.some(({ pid }) => pid === spare));
  assert.deepEqual(new Set(answers.map(({ slot }) => slot)), new Set([0, 1]));
});

test('a reload replaces the spares, and scaling up uses them', async (t) => {
  const service = await serviceFor(t, ['--spares', '1', 'spare.mjs'], { workers: 1, env });
  const spare = await spareOf(service);
  assert.equal((await service.command('reload')).code, 0);
  await waitFor('the old spare to be gone', () => !isAlive(spare));
  const next = await spareOf(service);
  const { workers } = await service.status();
  assert.deepEqual(
    workers.map(({ slot, state, generation }) => [slot, state, generation]),
    [
      [0, 'ready', 2],
      [null, 'spare', 2],
    ],
  );
  assert.match((await service.command('status')).stdout, /\n- +\d+ +2 +spare /);
  assert.equal((await service.command('scale', '2')).code, 0);
  assert.ok((await service.status()).workers.some(({ slot, pid }) => slot === 1 && pid === next));
});

test('a spare that is killed is replaced after a back-off', async (t) => {
  const service = await serviceFor(t, ['--spares', '1', 'spare.mjs'], { workers: 1, env });
  const spare = await spareOf(service);
  process.kill(spare, 'SIGKILL');
  const line = await service.waitForEvent('spare-backoff');
  assert.match(line.msg, /a spare ended: killed by SIGKILL.* The next starts in 250 ms/);
  assert.notEqual(await spareOf(service), spare);
});

test('a program that is ready before it listens runs without spares', async (t) => {
  const service = await serviceFor(t, ['--spares', '1', 'spare.mjs'], { workers: 1, env: { ...env, EARLY: '1' } });
  const off = await service.waitForEvent('spares-off');
  assert.match(off.msg, /spares are off: the program says that it is ready before it listens/);
  await waitFor('the spare to be gone', async () => (await service.status()).workers.length === 1);
});

test('a spare whose master is killed ends', async () => {
  const service = await startService(['--spares', '1', 'spare.mjs'], { workers: 1, env });
  const spare = await spareOf(service);
  const [worker = 0] = await service.workerPids();
  service.kill('SIGKILL');
  await waitFor('both to end', () => !isAlive(spare) && !isAlive(worker));
  await service.discard();
});
