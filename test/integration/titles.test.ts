// What ps shows: who is the master, and which worker is which, unless the program has a title of its own.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { childrenOf, isAlive } from '../helpers/processes.js';
import { get } from '../helpers/http.js';
import { startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0+$/, '');
  } catch {
    return 'gone';
  }
}

test('master and workers are named by slot, generation and service, also after a reload', async () => {
  const service = await startService(['--name', 'shop', 'cli-slot.mjs']);
  assert.equal(titleOf(service.pid), 'reuseport: master shop');
  const before = await service.workerPids();
  assert.deepEqual(before.map(titleOf), ['reuseport: worker 0 gen 1 shop', 'reuseport: worker 1 gen 1 shop']);
  assert.equal((await service.command('reload')).code, 0);
  const after = await service.workerPids();
  assert.deepEqual(after.map(titleOf), ['reuseport: worker 0 gen 2 shop', 'reuseport: worker 1 gen 2 shop']);
  await service.end();
});

test('the master that an upgrade starts is named like the one before', async () => {
  const service = await startService(['--name', 'shop', 'cli-slot.mjs'], { workers: 1 });
  assert.equal((await service.command('upgrade')).code, 0);
  const { pid } = await service.status();
  assert.notEqual(pid, service.pid);
  assert.equal(titleOf(pid), 'reuseport: master shop');
  assert.equal((await service.command('stop')).code, 0);
  await waitFor('the master to end', () => !isAlive(pid));
  await service.end(null);
});

test('a spare is named as one until it has a slot', async () => {
  const service = await startService(['--name', 'shop', '--spares', '1', 'cli-slot.mjs'], { workers: 1 });
  const [worker = 0] = await service.workerPids();
  const spare = 'reuseport: spare gen 1 shop';
  const children = () => childrenOf(service.pid).map((pid) => ({ pid, title: titleOf(pid) }));
  const found = await waitFor('a spare', () => children().find(({ title }) => title === spare), { state: children });
  await waitFor('it to be loaded', async () => (await service.status()).workers.some(({ state }) => state === 'spare'));
  process.kill(worker, 'SIGKILL');
  await waitFor('the spare to take the slot', () => titleOf(found.pid) === 'reuseport: worker 0 gen 1 shop', {
    state: children,
  });
  await service.end();
});

test('the program reads the title of plain Node, and what it sets is shown and stays', async () => {
  const service = await startService(['--name', 'shop', 'title.cjs'], { workers: 1 });
  const port = await service.port();
  const [worker = 0] = await service.workerPids();
  assert.equal((await get(port)).body, process.execPath);
  assert.equal((await get(port, '/set?mine')).body, 'mine');
  assert.equal((await get(port)).body, 'mine');
  assert.equal(titleOf(worker), 'mine');
  await service.end();
});

test('a title by --node-arg stays', async () => {
  const service = await startService(['--node-arg', '--title=theirs', 'title.cjs'], { workers: 1 });
  const [worker = 0] = await service.workerPids();
  assert.equal(titleOf(worker), 'theirs');
  assert.equal((await get(await service.port())).body, 'theirs');
  await service.end();
});
