import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { get, tally } from '../helpers/http.js';
import { descriptorsOf, isAlive, standStill } from '../helpers/processes.js';
import { startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

test('each worker has a listener of its own, and the master holds each as well without watching it', async () => {
  const service = await startService(['http-hello.cjs'], { workers: 3 });
  const { listeners, workers } = await service.status();
  const inodes = listeners[0]?.slots.map(({ inode }) => inode) ?? [];
  assert.equal(new Set(inodes).size, 3);
  for (const { slot, pid } of workers) {
    const held = descriptorsOf(pid ?? 0).filter((target) => inodes.some((inode) => target === `socket:[${inode}]`));
    const own = listeners[0]?.slots.find((row) => row.slot === slot)?.inode;
    assert.deepEqual(held, [`socket:[${own}]`], `worker ${slot} holds its own listener only`);
  }
  const master = descriptorsOf(service.pid);
  for (const inode of inodes) assert.ok(master.includes(`socket:[${inode}]`), `the master lacks ${inode}`);
  assert.deepEqual(
    inodes.filter((inode) => watchedInodes(service.pid).has(inode)),
    [],
  );
  await service.end();
});

/** Inodes that some epoll instance of the process watches. */
function watchedInodes(pid: number): Set<number> {
  const folder = `/proc/${pid}/fdinfo`;
  const watched = readdirSync(folder).flatMap((fd) => {
    const matches = descriptorInfo(`${folder}/${fd}`).matchAll(/^tfd:.* ino:([0-9a-f]+)/gm);
    return [...matches].map((match) => Number.parseInt(match[1] ?? '', 16));
  });
  assert.ok(watched.length > 0, 'a Node process watches something');
  return new Set(watched);
}

function descriptorInfo(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // Closed since the folder was read.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

test('the master does nothing for a connection: 2000 of them cost it no context switch of its own each', async () => {
  const service = await startService(['http-hello.cjs']);
  const port = await service.port();
  await tally(port, 20);
  const before = wakeUps(service.pid);
  for (let round = 0; round < 50; round += 1) await Promise.all(Array.from({ length: 40 }, () => get(port)));
  const after = wakeUps(service.pid);
  assert.ok(after - before < 200, `the master woke ${after - before} times during 2000 connections`);
  await service.end();
});

function wakeUps(pid: number): number {
  return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

test('a killed worker is replaced, and what waits in its queue is served by the successor', async () => {
  const service = await startService(['http-hello.cjs'], { workers: 1 });
  const port = await service.port();
  const [pid = 0] = await service.workerPids();
  await standStill(pid);
  const waiting = Array.from({ length: 20 }, () => get(port));
  await waitFor('the queue to fill', async () => {
    const slot = (await service.status()).listeners[0]?.slots[0];
    return slot !== undefined && slot.queued === 20;
  });
  process.kill(pid, 'SIGKILL');
  const answers = await Promise.all(waiting);
  assert.equal(isAlive(pid), false);
  assert.ok(answers.every(({ status, body }) => status === 200 && body !== String(pid)));
  const { workers } = await service.status();
  assert.equal(workers[0]?.restarts, 1);
  assert.equal(workers[0]?.lastExit?.signal, 'SIGKILL');
  await service.end();
});

test('when the master is killed its workers finish what they do and end', async () => {
  const service = await startService(['handover-echo.cjs']);
  const port = await service.port();
  const pids = await service.workerPids();
  // Requests that are answered only once their worker drains.
  const slow = Array.from({ length: 6 }, (_, index) => get(port, `/${index}?last`));
  await waitFor('all to be accepted', async () => {
    const { workers } = await service.status();
    return workers.reduce((sum, { openConnections }) => sum + (openConnections ?? 0), 0) >= 6;
  });
  service.kill('SIGKILL');
  const answers = await Promise.all(slow);
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  await waitFor('the workers to end', () => pids.every((pid) => !isAlive(pid)), {
    state: () => pids.filter(isAlive),
  });
  await service.discard();
});
