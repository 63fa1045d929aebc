// An upgrade of a master that is process 1 of a container: what stays in its place, and what becomes of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addonPath } from '../../src/native/load.js';
import { temporaryFolder } from '../helpers/cli.js';
import { withoutZombies } from '../helpers/descendants.js';
import { get } from '../helpers/http.js';
import { Load } from '../helpers/load.js';
import { childrenOf, descriptorsOf, isAlive } from '../helpers/processes.js';
import type { Service } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { containersDenied as skip, startContained, statusOf } from './container-support.js';

const nameOf = (pid: number) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim();

/** Returns the pid of the master in charge then, as it is inside. */
async function upgrade(service: Service, first: number): Promise<number> {
  const { code, stderr } = await service.command('upgrade');
  assert.equal(code, 0, stderr);
  await waitFor('process 1 to be nothing else', () => nameOf(first) === 'reuseport-init', {
    state: () => nameOf(first),
  });
  return (await statusOf(service)).pid;
}

function statusOfProcess(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // It has just ended.
    return '';
  }
}

/** The pid outside of a master that has this one inside, once it is a child of process 1. */
async function masterUnder(first: number, inside: number): Promise<number> {
  const isIt = (pid: number) => statusOfProcess(pid).includes(`NSpid:\t${pid}\t${inside}\n`);
  return waitFor('the former master to be gone', () => childrenOf(first).find(isIt));
}

test('upgrades under load fail no request, and process 1 stays, with nothing but its streams', { skip }, async () => {
  const { service, first } = await startContained(['http-hello.cjs']);
  const load = new Load(await service.port(), 2);
  await load.more(100);
  const masters = new Set([(await statusOf(service)).pid]);
  for (let round = 0; round < 2; round += 1) {
    masters.add(await upgrade(service, first));
    await load.more(50);
  }
  await load.stop();
  assert.deepEqual(load.failures, []);
  assert.equal(masters.size, 3);
  // What unshare(1) has, which it was started with itself: its streams, at least.
  const [inherited, left] = [descriptorsOf(service.pid), descriptorsOf(first)];
  assert.ok(left.length >= 3 && left.every((target) => inherited.includes(target)), left.join(' '));
  const { workers, generation } = await statusOf(service);
  assert.deepEqual([generation, workers.map(({ state }) => state)], [3, ['ready', 'ready']]);
  process.kill(first, 'SIGTERM');
  assert.equal((await service.end(null)).code, 0);
  assert.equal(isAlive(first), false);
});

test('signals to process 1 are heeded by the master that is in charge', { skip }, async () => {
  const { service, first } = await startContained(['http-hello.cjs']);
  await upgrade(service, first);
  await service.waitForEvent('reload-complete');
  process.kill(first, 'SIGHUP');
  await service.waitForEvent('reload-complete', 2);
  process.kill(first, 'SIGTTIN');
  await service.waitForEvent('scale-complete');
  process.kill(first, 'SIGTTOU');
  await service.waitForEvent('scale-complete', 2);
  process.kill(first, 'SIGUSR1');
  process.kill(first, 'SIGUSR2');
  await service.waitForEvent('handed-over', 2);
  await service.waitForEvent('reload-complete', 3);
  const { pid, workers } = await statusOf(service);
  assert.equal(workers.length, 2);
  assert.equal((await get(await service.port())).status, 200);
  process.kill(first, 'SIGQUIT');
  assert.equal((await service.end(null)).code, 0);
  assert.equal(service.logs.findLast(({ event }) => event === 'stopping')?.['pid'], pid);
});

test('orphans of the container are reaped after an upgrade, too', { skip }, async () => {
  const { service, first } = await startContained(['http-hello.cjs']);
  const inside = await upgrade(service, first);
  const orphans = 'for i in $(seq 30); do (sleep 0.0$((i % 7)) &); done; (sleep 600 &)';
  execFileSync('nsenter', ['--target', String(first), '--pid', '--mount', 'sh', '-c', orphans], { stdio: 'ignore' });
  const master = await masterUnder(first, inside);
  const [living] = await waitFor('the short ones to end', () => {
    const children = childrenOf(first).filter((pid) => pid !== master);
    return children.length === 1 && children;
  });
  await withoutZombies(first);
  process.kill(first, 'SIGTERM');
  assert.equal((await service.end(null)).code, 0);
  assert.equal(isAlive(living ?? 0), false);
});

test('a stop in the middle of an upgrade is heeded', { skip }, async () => {
  const { service, first } = await startContained(['http-hello.cjs']);
  const upgraded = service.command('upgrade');
  await service.waitForEvent('handed-over');
  process.kill(first, 'SIGTERM');
  assert.equal((await service.end(null)).code, 0);
  await upgraded;
  assert.equal(isAlive(first), false);
});

test('without the program that would stay an upgrade is refused, and changes nothing', { skip }, async () => {
  const copy = join(temporaryFolder(), 'reuseport.node');
  copyFileSync(addonPath(), copy);
  const { service, first } = await startContained(['http-hello.cjs'], { env: { REUSEPORT_ADDON: copy } });
  const before = await statusOf(service);
  const { code, stderr } = await service.command('upgrade');
  assert.equal(code, 1);
  assert.match(stderr, /^reuseport: ERR_UPGRADE_FAILED: this master is process 1 .*reuseport-init.*ENOENT/);
  const after = await statusOf(service);
  assert.deepEqual([after.pid, after.generation], [1, before.generation]);
  process.kill(first, 'SIGINT');
  assert.equal((await service.end(null)).code, 0);
});

for (const rounds of [1, 2]) {
  const which = rounds === 1 ? 'the first master after an upgrade' : 'one after it';
  test(`when ${which} is killed the container ends with its exit status`, { skip }, async () => {
    const { service, first } = await startContained(['http-hello.cjs']);
    let inside = 1;
    for (let round = 0; round < rounds; round += 1) inside = await upgrade(service, first);
    const master = await masterUnder(first, inside);
    const workers = childrenOf(master);
    assert.equal(workers.length, 2);
    process.kill(master, 'SIGKILL');
    assert.equal((await service.finished).code, 128 + 9);
    assert.deepEqual([first, ...workers].filter(isAlive), []);
    await service.discard();
  });
}
