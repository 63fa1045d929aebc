// What is asked for while a reload is under way: each does the obvious thing, and is answered when it has.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { startService } from '../helpers/reuseport.js';

/** A service whose reload waits, with the first successor started, until `open` is called. */
async function startReloading(workers: number, ...args: string[]) {
  const gate = join(temporaryFolder(), 'gate');
  const service = await startService([...args, 'gated.cjs'], { workers, env: { GATE: gate } });
  const before = await service.workerPids();
  writeFileSync(gate, '');
  const reload = service.command('reload');
  await service.waitForEvent('worker-started', workers + 1);
  return { service, before, reload, open: () => rmSync(gate) };
}

test('a reload during a reload follows it, and both are answered when their own is done', async () => {
  const { service, before, reload, open } = await startReloading(2);
  const second = service.command('reload');
  await service.waitForEvent('reload-queued');
  open();
  const [one, two] = await Promise.all([reload, second]);
  assert.match(one.stdout, /^reloaded: generation 2, 2 workers/, one.stderr);
  assert.match(two.stdout, /^reloaded: generation 3, 2 workers/, two.stderr);
  const { workers, counters } = await service.status();
  assert.deepEqual(
    workers.map(({ slot, generation, state }) => [slot, generation, state]),
    [
      [0, 3, 'ready'],
      [1, 3, 'ready'],
    ],
  );
  assert.equal(workers.filter(({ pid }) => before.includes(pid ?? 0)).length, 0);
  assert.equal(counters.reloads, 2);
  await service.end();
});

test('a stop during a reload ends both, and the reload says why', async () => {
  const { service, reload } = await startReloading(2);
  const stop = await service.command('stop');
  assert.deepEqual([stop.code, stop.stdout], [0, 'stopped\n'], stop.stderr);
  const { code, stderr } = await reload;
  assert.equal(code, 1);
  assert.match(stderr, /ERR_RELOAD_ABORTED: reload aborted: the service is stopping/);
  assert.equal((await service.end(null)).code, 0);
});

test('a scale up during a reload starts the new slots on the new program at once', async () => {
  const { service, reload, open } = await startReloading(1);
  const scale = service.command('scale', '2');
  await service.waitForEvent('worker-started', 3);
  open();
  for (const { code, stderr } of await Promise.all([reload, scale])) assert.equal(code, 0, stderr);
  const { workers } = await service.status();
  assert.deepEqual(
    workers.map(({ slot, generation, state }) => [slot, generation, state]),
    [
      [0, 2, 'ready'],
      [1, 2, 'ready'],
    ],
  );
  await service.end();
});

test('a scale down during a reload does not replace what goes', async () => {
  const { service, reload, open } = await startReloading(3);
  const scale = await service.command('scale', '1');
  assert.equal(scale.code, 0, scale.stderr);
  open();
  const { code, stdout, stderr } = await reload;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^reloaded: generation 2, 1 worker,/);
  assert.equal(service.logs.filter(({ event }) => event === 'worker-started').length, 4);
  assert.equal((await get(await service.port())).status, 200);
  await service.end();
});

test('the status tells the successor that starts from the predecessor that serves', async () => {
  const { service, before, reload, open } = await startReloading(1);
  const { workers } = await service.status();
  assert.deepEqual(
    workers.map(({ state, generation, pid }) => [state, generation, before.includes(pid ?? 0)]),
    [
      ['ready', 1, true],
      ['starting', 2, false],
    ],
  );
  assert.match(workers[1]?.why ?? '', /^starts for (?:\d+ ms|\d+\.\d s), readyTimeout 30s$/);
  open();
  assert.equal((await reload).code, 0);
  await service.end();
});

test('with --surge 2 two slots are replaced at a time, and the third waits', async () => {
  const { service, reload, open } = await startReloading(3, '--surge', '2');
  await service.waitForEvent('worker-started', 5);
  const { workers } = await service.status();
  const starting = workers.filter(({ state }) => state === 'starting');
  assert.deepEqual(
    starting.map(({ slot }) => slot),
    [0, 1],
  );
  open();
  const { code, stderr } = await reload;
  assert.equal(code, 0, stderr);
  await service.end();
});
