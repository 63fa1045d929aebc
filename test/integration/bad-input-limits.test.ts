// A machine that gives too little: descriptors that run out, a log that nobody takes.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cliPath, endOf, notRoot, temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { childrenOf, isAlive } from '../helpers/processes.js';
import { noUnshare } from '../helpers/namespace.js';
import { fixtures, runCommand } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import type { Status } from '../../src/observe/status.js';

function spawnWithLimit(openFiles: number, control: string) {
  const args = [`--nofile=${openFiles}`, process.execPath, cliPath, '-w', '8', '--control', control, 'cli-slot.mjs'];
  const child = spawn('prlimit', args, { cwd: fixtures, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, closed, stderr: () => stderr };
}

test('too few open files for one worker: the command ends, and says which limit to raise', async () => {
  // How many descriptors Node itself and the master need differs by version: the last limit before a worker starts.
  const codes: (number | null)[] = [];
  for (let openFiles = 22; openFiles < 60; openFiles += 1) {
    const { child, closed, stderr } = spawnWithLimit(openFiles, join(temporaryFolder(), 'c.sock'));
    const started = waitFor('a worker', () => /"worker-ready"/.test(stderr()) || child.exitCode !== null);
    await started;
    if (/"worker-ready"/.test(stderr())) {
      await endOf(child, 'SIGTERM');
      break;
    }
    codes.push(await closed);
    assert.match(stderr(), /EMFILE|too many open files/, `with ${openFiles} open files`);
  }
  assert.equal(codes.at(-1), 3, `exit codes from 22 open files on: ${codes.join(', ')}`);
});

test('too few open files for all workers: some serve, and each failed start says which limit to raise', async () => {
  const control = join(temporaryFolder(), 'c.sock');
  const { child, closed, stderr } = spawnWithLimit(36, control);
  try {
    await waitFor('a start that failed and one that did not', () => /worker-backoff.*\n/.test(stderr()), {
      state: stderr,
    });
    assert.match(stderr(), /"worker-ready"/);
    assert.match(stderr(), /EMFILE.*Raise the limit of open files: ulimit -n/);
    const workers = childrenOf(child.pid ?? 0);
    child.kill('SIGTERM');
    assert.equal(await closed, 0);
    assert.deepEqual(workers.filter(isAlive), []);
  } finally {
    await endOf(child);
  }
});

for (const format of ['json', 'pretty']) {
  test(`a log that nobody takes (${format}) does not end the service: full device, closed, broken pipe`, async () => {
    const full = openSync('/dev/full', 'w');
    await Promise.all([serveWith(format, full), serveWith(format, 'ignore', '2>&-'), serveWith(format, 'pipe')]);
    closeSync(full);
  });
}

/** Starts with that standard error, reloads, asks the service, and stops it. */
async function serveWith(format: string, stderr: number | 'ignore' | 'pipe', redirect = ''): Promise<void> {
  const control = join(temporaryFolder(), 'c.sock');
  const words = ['-w', '1', '--log-format', format, '--control', control, 'cli-slot.mjs'];
  const command = `exec "$0" "$@" ${redirect}`;
  const child = spawn('sh', ['-c', command, process.execPath, cliPath, ...words], {
    cwd: fixtures,
    stdio: ['ignore', 'ignore', stderr],
  });
  // Nobody reads any more: the next line of the log meets a broken pipe.
  child.stderr?.destroy();
  try {
    const closed = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const status = await waitFor('a worker to be ready', async () => {
      assert.equal(child.exitCode, null, 'the service has ended');
      const { code, stdout } = await runCommand(['status', '--json', '--control', control]);
      const found = code === 0 ? (JSON.parse(stdout) as Status) : undefined;
      return found?.workers[0]?.state === 'ready' ? found : undefined;
    });
    const reload = await runCommand(['reload', '--control', control]);
    assert.equal(reload.code, 0, reload.stderr);
    assert.match((await get(status.listeners[0]?.port ?? 0)).body, /^0:\d+:2$/);
    const stop = await runCommand(['stop', '--control', control]);
    assert.equal(stop.code, 0, stop.stderr);
    assert.equal(await closed, 0);
  } finally {
    await endOf(child);
  }
}

/** Runs `help` with its standard output redirected by the shell. */
function helpTo(redirect: string): Promise<{ code: number | null; stderr: string }> {
  const child = spawn('sh', ['-c', `"$0" "$1" help ${redirect}`, process.execPath, cliPath], { stdio: 'pipe' });
  let stderr = '';
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  return new Promise<{ code: number | null; stderr: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, stderr }));
  });
}

test('a reader that goes away (status | head) is no error, a full device is', async () => {
  assert.deepEqual(await helpTo('| true'), { code: 0, stderr: '' });
  const full = await helpTo('> /dev/full');
  assert.equal(full.code, 1);
  assert.match(full.stderr, /^reuseport: ENOSPC: .*\n$/);
});

const WITHOUT_SOME = { skip: notRoot || noUnshare('--mount') };

/** Runs a program that ends at once, where that folder is empty. */
function runWithout(hidden: string) {
  const through = ['unshare', '--mount', 'sh', '-c', `mount -t tmpfs none ${hidden} && exec "$@"`, 'sh'];
  return runCommand(['--control', join(temporaryFolder(), 'c.sock'), 'broken/ends-at-once.mjs'], { through });
}

test('a hidden /proc/sys is no reason to fail', WITHOUT_SOME, async () => {
  const { code, stderr } = await runWithout('/proc/sys');
  // The script's own end is what stops it.
  assert.equal(code, 3, stderr);
});

test('a hidden /proc is one, and is named', WITHOUT_SOME, async () => {
  const { code, stderr } = await runWithout('/proc');
  assert.equal(code, 2, stderr);
  assert.match(stderr, /^reuseport: ERR_NO_PROC: \/proc is not there, .* Mount it: mount -t proc proc \/proc\n$/);
});
