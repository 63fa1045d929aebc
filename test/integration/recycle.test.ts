import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { isAlive } from '../helpers/processes.js';
import { fixtures, type Service } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

/** Requests on new connections, one after the other from each client, until `until` has happened; none may fail. */
async function loadUntil(port: number, until: Promise<unknown>): Promise<number> {
  const failures: string[] = [];
  let requests = 0;
  const over = new AbortController();
  const client = async () => {
    while (!over.signal.aborted) {
      try {
        const { status } = await get(port);
        if (status !== 200) failures.push(`status ${status}`);
      } catch (error) {
        failures.push(String(error));
      }
      requests += 1;
    }
  };
  const clients = Array.from({ length: 4 }, client);
  await until;
  over.abort();
  await Promise.all(clients);
  assert.deepEqual(failures, [], `of ${requests} requests`);
  return requests;
}

/** Waits until `count` workers have been replaced, and returns how: in the order of the log. */
async function recycled(service: Service, count: number): Promise<string[]> {
  return waitFor(
    `${count} recycled workers`,
    () => {
      const exits = service.logs.filter((line) => line.event === 'worker-exited');
      return exits.length >= count && exits.map(({ msg }) => msg);
    },
    { state: () => service.logs.map(({ msg }) => msg) },
  );
}

test('a worker that has served its requests is replaced, and no request is lost', async (t) => {
  const service = await serviceFor(t, ['--max-requests', '40', '--max-requests-jitter', '40', 'http-hello.cjs']);
  const before = await service.workerPids();
  await loadUntil(await service.port(), recycled(service, 2));
  const { workers, counters } = await service.status();
  assert.ok(counters.recycles >= 2);
  assert.equal(counters.restarts, 0);
  assert.ok(workers.some(({ lastExit }) => lastExit?.why === 'recycle' && lastExit.asked && lastExit.code === 0));
  assert.ok(before.some((pid) => !isAlive(pid)));
  const started = service.logs.find(({ event }) => event === 'recycle');
  assert.match(started?.msg ?? '', /worker \d is recycled: \d+ requests \(maxRequests 40\)/);
});

test('--max-requests-jitter lets a worker serve more than its requests: here its time is over first', async (t) => {
  const args = ['--max-requests', '1', '--max-requests-jitter', '1000000000', '--max-lifetime', '2500ms'];
  const service = await serviceFor(t, [...args, 'http-hello.cjs'], { workers: 1 });
  const port = await service.port();
  for (let request = 0; request < 5; request += 1) await get(port);
  assert.match((await service.waitForEvent('recycle')).msg, /its time is over \(maxLifetime 2500ms\)/);
});

test('a worker that has served its time is replaced, and no request is lost', async (t) => {
  const service = await serviceFor(t, ['--max-lifetime', '300ms', 'http-hello.cjs']);
  await loadUntil(await service.port(), recycled(service, 2));
  assert.match(
    service.logs.find(({ event }) => event === 'recycle')?.msg ?? '',
    /its time is over \(maxLifetime 300ms\)/,
  );
});

test('a worker that takes too much memory is replaced; where every one does, ever more slowly', async (t) => {
  const service = await serviceFor(t, ['--max-rss', '8m', 'http-hello.cjs'], { workers: 1 });
  await recycled(service, 1);
  const hasty = await service.waitForEvent('recycle-backoff');
  assert.match(hasty.msg, /a limit so soon after its start: \d+ MB resident \(maxRss 8m\)/);
});

test('a worker whose successors fail serves on, and is replaced when one succeeds', async (t) => {
  const folder = temporaryFolder();
  const script = join(folder, 'server.cjs');
  const good = join(fixtures, 'http-hello.cjs');
  copyFileSync(good, script);
  const service = await serviceFor(t, ['--max-requests', '5', script], { workers: 1, cwd: folder });
  const port = await service.port();
  const [pid = 0] = await service.workerPids();
  writeFileSync(script, 'throw new Error("broken");\n');
  for (let request = 0; request < 6; request += 1) await get(port);
  const failed = await service.waitForEvent('recycle-failed', 2);
  assert.match(
    failed.msg,
    /ended before it was ready: exit code 1.* The previous worker still serves; next try in 500 ms/,
  );
  assert.equal((await get(port)).body, String(pid));
  const [row] = (await service.status()).workers;
  assert.match(row?.why ?? '', /^recycle: [67] requests/);
  copyFileSync(good, script);
  await waitFor('the old worker to be gone', () => !isAlive(pid), { state: () => service.logs.slice(-5) });
  assert.equal((await get(port)).status, 200);
});
