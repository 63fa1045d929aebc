// --daemon: the command ends when the service serves or has failed, its exit code says which, and nothing holds the terminal.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertRefused, temporaryFolder } from '../helpers/cli.js';
import { childrenOf, isAlive } from '../helpers/processes.js';
import { type Finished, fixtures, runCommand } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { parseStat } from '../../src/supervisor/process-table.js';

interface Paths {
  control: string;
  log: string;
  pidfile: string;
}

function newPaths(): Paths {
  const folder = temporaryFolder();
  return { control: join(folder, 'c.sock'), log: join(folder, 'web.log'), pidfile: join(folder, 'web.pid') };
}

/** Resolves when the command has ended and nobody has its output any more. One that stays in the foreground is stopped. */
async function daemon(control: string, ...args: string[]): Promise<Finished> {
  let ended: Finished | undefined;
  const command = runCommand(['--daemon', '--control', control, ...args]).then((finished) => (ended = finished));
  try {
    return await waitFor('the command to end', () => ended);
  } catch (error) {
    await runCommand(['stop', '--control', control]);
    await command;
    throw error;
  }
}

function start({ control, log, pidfile }: Paths, ...args: string[]): Promise<Finished> {
  const files = ['--log-file', log, '--pidfile', pidfile];
  return daemon(control, '--name', 'shop', '-w', '1', '--steer', 'hash', ...files, ...args);
}

/** Stops it and sees that nothing is left. */
async function stop({ control, pidfile }: Paths, pid: number): Promise<void> {
  const pids = [pid, ...childrenOf(pid)];
  assert.equal((await runCommand(['stop', '--control', control])).code, 0);
  await waitFor('the daemon to be gone', () => !pids.some(isAlive), { state: () => pids.filter(isAlive) });
  assert.deepEqual([existsSync(control), existsSync(pidfile)], [false, false]);
}

const outputsOf = (pid: number) => [0, 1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));

test('it serves when the command ends, in a session of its own, without the terminal', async () => {
  const paths = newPaths();
  const { code, stdout, stderr } = await start(paths, 'prints.cjs');
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  const pid = Number(readFileSync(paths.pidfile, 'utf8'));
  const where = `on 127\\.0\\.0\\.1:\\d+; its log is ${paths.log}`;
  assert.match(stdout, new RegExp(`^shop serves as pid ${pid} ${where}\\n$`));
  assert.equal(parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.session, pid);
  assert.deepEqual(outputsOf(pid), ['/dev/null', paths.log, paths.log]);
  const [worker = 0] = childrenOf(pid);
  assert.deepEqual(outputsOf(worker), ['/dev/null', paths.log, paths.log]);
  assert.equal((await runCommand(['status', '--control', paths.control])).code, 0);
  await stop(paths, pid);
});

test('an upgrade of a daemon is one, too, and its log is opened anew by USR1', async () => {
  const paths = newPaths();
  assert.equal((await start(paths, 'prints.cjs')).code, 0);
  const first = Number(readFileSync(paths.pidfile, 'utf8'));
  const { code, stderr } = await runCommand(['upgrade', '--control', paths.control]);
  assert.equal(code, 0, stderr);
  const pid = Number(readFileSync(paths.pidfile, 'utf8'));
  assert.notEqual(pid, first);
  assert.deepEqual(outputsOf(pid), ['/dev/null', paths.log, paths.log]);
  await waitFor('the former master to end', () => !isAlive(first));
  await stop(paths, pid);
});

for (const [script, why] of [
  ['broken/throws-at-start.mjs', /ERR_WORKER_EXITED: no worker got ready/],
  ['broken/ends-at-once.mjs', /ERR_WORKER_EXITED: no worker got ready/],
] as const) {
  test(`a program that fails (${script}) gives the exit code of the foreground, and why`, async () => {
    const paths = newPaths();
    const { code, stdout, stderr } = await start(paths, script);
    assert.equal(code, 3);
    assert.equal(stdout, '');
    assert.match(stderr, /^reuseport: shop could not start \(exit code 3\): /);
    assert.match(stderr, why);
    assert.ok(stderr.includes(`Its log is ${paths.log}`), stderr);
    assert.match(readFileSync(paths.log, 'utf8'), /"event":"failed"/);
    assert.deepEqual([existsSync(paths.control), existsSync(paths.pidfile)], [false, false]);
  });
}

test('what fails before there is a log is told by the command', async () => {
  const paths = newPaths();
  assert.equal((await start(paths, 'prints.cjs')).code, 0);
  const pid = Number(readFileSync(paths.pidfile, 'utf8'));
  const second = await start({ ...paths, pidfile: `${paths.pidfile}2` }, 'prints.cjs');
  assert.equal(second.code, 2);
  assert.match(second.stderr, /^reuseport: ERR_NAME_IN_USE: /);
  await stop(paths, pid);
});

test('without a log file it is refused', async () => {
  const refused = await daemon(join(temporaryFolder(), 'c.sock'), join(fixtures, 'prints.cjs'));
  assertRefused(refused, 'ERR_CONFIG_INVALID', 2, /daemon: needs logFile \(--log-file\)/);
});
