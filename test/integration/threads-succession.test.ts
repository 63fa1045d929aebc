// Another master takes over workers with several event loops: each process as one, with all of its slots.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/cli.js';
import { Load } from '../helpers/load.js';
import { isAlive } from '../helpers/processes.js';
import { startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';
import { loopsThatAnswer, rows, THREADS } from './threads-support.js';

const GRACE = ['--orphan-grace', '30s'];
const REPLACED = [
  [0, 0, 2, 'ready'],
  [1, 1, 2, 'ready'],
  [2, 0, 2, 'ready'],
  [3, 1, 2, 'ready'],
];

test('no request fails when the master is killed, nor when the next one takes over', { timeout: 60_000 }, async () => {
  const first = await startService([...GRACE, ...THREADS]);
  const port = await first.port();
  await loopsThatAnswer(port, 4);
  const before = new Set(await first.workerPids());
  const load = new Load(port);
  await load.more(50);
  await first.killMaster();
  await load.more(100);
  assert.ok([...before].every(isAlive), 'they serve on');
  const second = await startService([...GRACE, ...THREADS], { control: first.control });
  await second.waitForEvent('worker-taken-over', 2);
  await second.waitForEvent('reload-complete');
  await load.more(50);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual(await rows(second), REPLACED);
  await waitFor('the former workers to end', () => ![...before].some(isAlive));
  assert.equal((await second.end()).code, 0);
  await first.discard();
});

test('an upgrade under load loses nothing', { timeout: 60_000 }, async () => {
  const service = await startService(THREADS);
  const load = new Load(await service.port());
  await load.more(50);
  const { code, stderr } = await service.command('upgrade');
  assert.equal(code, 0, stderr);
  await load.more(50);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual(await rows(service), REPLACED);
  const { pid } = await service.status();
  assert.equal((await service.command('stop')).code, 0);
  await waitFor('the new master to end', () => !isAlive(pid));
  assert.equal((await service.end(null)).code, 0);
});

test('an upgrade to another number of threads is refused, and the present master goes on', async (t) => {
  const folder = temporaryFolder();
  const config = join(folder, 'reuseport.config.json');
  writeFileSync(config, JSON.stringify({ threads: 2 }));
  const service = await serviceFor(t, ['--config', config, 'threads.mjs'], { workers: 1 });
  writeFileSync(config, JSON.stringify({ threads: 3 }));
  const { code, stderr } = await service.command('upgrade');
  assert.equal(code, 1);
  assert.match(
    stderr,
    /ERR_UPGRADE_FAILED: .*its workers have event loops: 3, not 2 \(--threads\): that needs a new start/,
  );
  assert.equal((await loopsThatAnswer(await service.port(), 2)).length, 2);
});

test('without a master each loop drains, and its process ends', async () => {
  const service = await startService(THREADS, { workers: 1 });
  const [{ pid } = { pid: 0 }] = await loopsThatAnswer(await service.port(), 2);
  await service.killMaster();
  await waitFor('the worker to end', () => !isAlive(pid));
  await service.discard();
});

test(
  'a master with another number of threads lets them drain, and serves with its own',
  { timeout: 60_000 },
  async () => {
    const first = await startService([...GRACE, ...THREADS], { workers: 1 });
    const port = await first.port();
    const [{ pid } = { pid: 0 }] = await loopsThatAnswer(port, 2);
    await first.killMaster();
    const env = { PORT: String(port) };
    const second = await startService([...GRACE, 'threads.mjs'], { control: first.control, workers: 2, env });
    const left = second.logs.filter(({ event }) => event === 'worker-left-alone');
    assert.equal(left.length, 2);
    assert.match(left[0]?.msg ?? '', /its process has event loops: 2; those of this master have 1 \(--threads\)/);
    await waitFor('the former worker to end', () => !isAlive(pid));
    assert.equal((await loopsThatAnswer(port, 2)).length, 2);
    assert.equal((await second.end()).code, 0);
    await first.discard();
  },
);
