// What was changed while the service runs (scale, steer) outlives its master, however that ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Load } from '../helpers/load.js';
import { isAlive } from '../helpers/processes.js';
import { type Service, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const ARGS = ['--orphan-grace', '30s', 'http-hello.cjs'];
const CHANGES = [
  { option: 'workers', configured: '2', now: '3' },
  { option: 'steer', configured: 'hash', now: 'random' },
];

async function shown(service: Service) {
  const { changedLive, workers, steer, listeners } = await service.status();
  const serving = workers.filter(({ state }) => state === 'ready').map(({ slot }) => slot);
  return { changedLive, serving, used: steer.used, inForce: listeners.map((listener) => listener.steer) };
}

const CHANGED = { changedLive: CHANGES, serving: [0, 1, 2], used: 'random', inForce: ['random'] };

function said(service: Service): string[] {
  return service.logs.filter(({ event }) => event === 'live-changes').map(({ msg }) => msg);
}

test('scale and steer are kept by an upgrade', async () => {
  const service = await startService(ARGS);
  assert.deepEqual((await shown(service)).changedLive, []);
  assert.equal((await service.command('scale', '3')).code, 0);
  assert.equal((await service.command('steer', 'random')).code, 0);
  assert.deepEqual(await shown(service), CHANGED);
  const load = new Load(await service.port(), 2);
  for (let round = 0; round < 2; round += 1) assert.equal((await service.command('upgrade')).code, 0);
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.deepEqual(await shown(service), CHANGED);
  const kept = 'what was changed live is kept: workers 3, steer random';
  assert.deepEqual(said(service), [kept, kept]);
  const { stdout } = await service.command('status');
  assert.match(stdout, /^ {2}changed live: workers 3 \(configured: 2\), steer random \(configured: hash\)$/m);
  const { pid } = await service.status();
  assert.equal((await service.command('stop')).code, 0);
  await waitFor('the last master to end', () => !isAlive(pid));
  await service.end(null);
});

test('scale and steer are kept when the master is killed, but for options that are others at the next start', async () => {
  const first = await startService(ARGS);
  first.kill('SIGTTIN');
  await first.waitForEvent('scale-complete');
  assert.equal((await first.command('steer', 'random')).code, 0);
  await first.killMaster();
  const second = await startService(ARGS, { control: first.control });
  await second.waitForEvent('reload-complete');
  assert.deepEqual(await shown(second), CHANGED);
  await second.killMaster();
  const third = await startService(ARGS, { control: first.control, workers: 1 });
  await third.waitForEvent('reload-complete');
  await waitFor('slots 1 and 2 to go', async () => (await third.status()).workers.length === 1);
  const { changedLive, serving } = await shown(third);
  assert.deepEqual([changedLive, serving], [CHANGES.slice(1), [0]]);
  assert.deepEqual(said(third), [
    'what was changed live is kept: steer random; given up: workers 3, because the option is another now',
  ]);
  await third.end();
  // After a stop the service begins as configured.
  const fourth = await startService(ARGS, { control: first.control });
  const { changedLive: none, serving: two, used } = await shown(fourth);
  assert.deepEqual([none, two, used, said(fourth)], [[], [0, 1], 'hash', []]);
  await fourth.end();
  await Promise.all([first.discard(), second.discard()]);
});

test('nothing is taken from a master whose workers have ended too', async () => {
  const args = ['--orphan-grace', '0ms', 'http-hello.cjs'];
  const first = await startService(args, { workers: 1 });
  assert.equal((await first.command('scale', '2')).code, 0);
  const pids = await first.workerPids();
  await first.killMaster();
  await waitFor('the workers to end', () => !pids.some(isAlive));
  const second = await startService(args, { workers: 1, control: first.control });
  const { changedLive, serving } = await shown(second);
  assert.deepEqual([changedLive, serving, said(second)], [[], [0], []]);
  await second.end();
  await first.discard();
});
