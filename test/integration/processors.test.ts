// --pin and --workers auto: which processors the workers run on, and how many workers there are.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { availableParallelism } from 'node:os';
import { usableProcessors } from '../../src/config/processors.js';
import { startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const { allowed } = usableProcessors(availableParallelism());
const noTaskset = spawnSync('taskset', ['--version']).status === 0 ? false : 'taskset is not installed';

/** The lists of all threads of a process, each once. */
function processorsOf(pid: number): string[] {
  const lists = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    return /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? '?';
  });
  return [...new Set(lists)];
}

const listOf = (pid: number) => processorsOf(pid).join(' and ');

test('without --pin workers run on every processor that the master may use', async () => {
  const service = await startService(['cli-slot.mjs']);
  const own = listOf(service.pid);
  assert.deepEqual((await service.workerPids()).map(listOf), [own, own]);
  await service.end();
});

test('with --pin each slot has its processor, in turn, and keeps it over a reload and a death', async () => {
  const service = await startService(['--pin', 'cli-slot.mjs'], { workers: 3 });
  const expected = [0, 1, 2].map((slot) => String(allowed[slot % allowed.length]));
  assert.deepEqual((await service.workerPids()).map(listOf), expected);
  assert.equal((await service.command('reload')).code, 0);
  const pids = await service.workerPids();
  assert.deepEqual(pids.map(listOf), expected);
  process.kill(pids[1] ?? 0, 'SIGKILL');
  await service.waitForEvent('worker-ready', 7);
  assert.deepEqual((await service.workerPids()).map(listOf), expected);
  await service.end();
});

test('a spare is pinned when it has its slot', async () => {
  const service = await startService(['--pin', '--spares', '1', 'cli-slot.mjs'], { workers: 2 });
  await waitFor('a spare', async () => (await service.status()).workers.some(({ state }) => state === 'spare'));
  const [, second = 0] = await service.workerPids();
  process.kill(second, 'SIGKILL');
  await service.waitForEvent('spare-used');
  await service.waitForEvent('worker-ready', 3);
  const { workers } = await service.status();
  const pid = workers.find(({ slot, state }) => slot === 1 && state === 'ready')?.pid ?? 0;
  assert.equal(listOf(pid), String(allowed[1 % allowed.length]));
  await service.end();
});

test('auto is one worker for each processor of the affinity mask', { skip: noTaskset }, async () => {
  const last = String(allowed.at(-1));
  const through = ['taskset', '-c', last];
  const service = await startService(['-w', 'auto', '--pin', 'cli-slot.mjs'], { through });
  assert.deepEqual((await service.workerPids()).map(listOf), [last]);
  await service.end();
});
