// A range of workers with several event loops each: the load, `scale` and signals change the number of whole processes.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { Load } from '../helpers/load.js';
import { isAlive } from '../helpers/processes.js';
import { startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';
import { rows, THREADS } from './threads-support.js';

const ONE = [
  [0, 0],
  [1, 1],
];
const TWO = [...ONE, [2, 0], [3, 1]];

const placesOf = (all: Awaited<ReturnType<typeof rows>>) => all.map(([slot, thread]) => [slot, thread]);

test('it grows and shrinks by whole processes, which log and status speak of, and loses nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'reuseport-sizing-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const release = join(folder, 'release');
  const args = ['-w', '1..2', '--threads', '2', '--shrink-after', '1500ms', '--hang-timeout', '0s', 'sizing.cjs'];
  const service = await serviceFor(t, args, { env: { RELEASE: release } });
  const port = await service.port();
  assert.deepEqual(placesOf(await rows(service)), ONE);

  // Connections are spread blindly: as many as it takes until both loops stand still.
  const blocked: ReturnType<typeof get>[] = [];
  const event = () => service.logs.find((line) => line.event === 'sizing');
  const grown = await waitFor('it to grow', async () => {
    if (event() === undefined && blocked.length < 60) blocked.push(get(port, '/block'));
    await service.status();
    return event();
  });
  assert.match(grown.msg, /^grows from 1 to 2 workers: the loops are \d+ % busy/);
  assert.deepEqual([grown['from'], grown['to']], [1, 2]);
  await service.waitForEvent('worker-ready', 2);
  assert.deepEqual(placesOf(await rows(service)), TWO);
  const { stdout } = await service.command('status');
  assert.match(stdout, /^ {2}workers 1\.\.2\n {4}from 1 to 2 \d+s ago: the loops are \d+ % busy/m);

  const load = new Load(port, 2);
  writeFileSync(release, '');
  for (const { status } of await Promise.all(blocked)) assert.equal(status, 200);
  await load.more(100);
  await load.stop();
  const { msg } = await service.waitForEvent('sizing', 2);
  assert.match(msg, /^shrinks from 2 to 1 workers: /);
  await waitFor('one process', async () => (await rows(service)).length === 2);
  assert.deepEqual(placesOf(await rows(service)), ONE);
  assert.deepEqual(load.failures, []);
});

test('scale and signals stay within the range of processes, and what was asked for outlives an upgrade', async () => {
  const service = await startService(['-w', '1..2', ...THREADS]);
  const refused = await service.command('scale', '3');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /ERR_USAGE: scale: 3 is not within 1\.\.2, the range of --workers/);
  const load = new Load(await service.port(), 2);
  service.kill('SIGTTIN');
  await service.waitForEvent('scale-complete');
  assert.deepEqual(placesOf(await rows(service)), TWO);
  service.kill('SIGTTOU');
  await service.waitForEvent('scale-complete', 2);
  assert.deepEqual(placesOf(await rows(service)), ONE);
  const scaled = await service.command('scale', '2');
  assert.deepEqual([scaled.code, scaled.stdout], [0, '2 workers serve\n']);
  assert.equal((await service.command('upgrade')).code, 0);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual(placesOf(await rows(service)), TWO);
  const { pid, sizing } = await service.status();
  const { from, to, by } = sizing?.lastChange ?? {};
  assert.deepEqual([from, to, by], [1, 2, 'operator']);
  assert.equal((await service.command('stop')).code, 0);
  await waitFor('the new master to end', () => !isAlive(pid));
  await service.end(null);
});
