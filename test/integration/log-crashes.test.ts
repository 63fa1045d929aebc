// Workers that end by themselves: the log says how, how often, and when the next one starts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startService } from '../helpers/reuseport.js';

test('a worker killed by a signal is named with it, and replaced', async () => {
  const service = await startService(['cli-slot.mjs'], { workers: 1 });
  const [pid = 0] = await service.workerPids();
  process.kill(pid, 'SIGSEGV');
  const exited = await service.waitForEvent('worker-exited');
  assert.deepEqual([exited['workerPid'], exited['signal'], exited['code']], [pid, 'SIGSEGV', null]);
  await service.waitForEvent('worker-ready', 2);
  const [row] = (await service.status()).workers;
  assert.equal(row?.restarts, 1);
  assert.deepEqual([row.lastExit?.pid, row.lastExit?.signal, row.lastExit?.asked], [pid, 'SIGSEGV', false]);
  await service.end();
});

test('a crash loop waits twice as long each time, and is called one from the fifth failure on', async () => {
  const service = await startService(['cli-crash-later.mjs'], { workers: 1 });
  const loop = await service.waitForEvent('crash-loop');
  assert.equal(loop.code, 'ERR_CRASH_LOOP');
  assert.equal(loop['failures'], 5);
  assert.match(loop.msg, /slot 0 failed 5 times in a row; next try in 4000 ms/);
  const waits = service.logs.filter(({ event }) => event === 'worker-backoff').map(({ waitMs }) => Number(waitMs));
  assert.deepEqual([...waits, Number(loop['waitMs'])], [250, 500, 1000, 2000, 4000]);
  const exits = service.logs.filter(({ event }) => event === 'worker-exited');
  assert.ok(exits.every(({ code }) => (code as unknown) === 7));
  const [row] = (await service.status()).workers;
  assert.equal(row?.state, 'backoff');
  assert.match(
    row.why ?? '',
    /^5 failures in a row; next start in \d+ ms \(250ms doubling to 30s, anew after 10s of service\)$/,
  );
  await service.end();
});
