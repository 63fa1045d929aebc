// --pidfile: it names the master in charge, and nothing is lost where it cannot be made.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bpffsDenied, mountBpffs } from '../helpers/bpffs.js';
import { assertFailed, assertRefused, failStart, NOBODY, notRoot, temporaryFolder } from '../helpers/cli.js';
import { Descendants } from '../helpers/descendants.js';
import { noUnshare } from '../helpers/namespace.js';
import { isAlive } from '../helpers/processes.js';
import { fixtures, runCommand, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const CODE = 'ERR_PIDFILE';
const script = join(fixtures, 'cli-slot.mjs');

function newPath(): { folder: string; path: string } {
  const folder = temporaryFolder();
  return { folder, path: join(folder, 'web.pid') };
}

function deadPid(): number {
  return spawnSync('true').pid;
}

test('a stop leaves no process, socket file, pidfile or bpffs pin behind', { skip: bpffsDenied() }, async (t) => {
  const bpffs = await mountBpffs();
  t.after(() => bpffs.end());
  const empty = readdirSync(bpffs.path);
  const { folder, path } = newPath();
  const descendants = new Descendants();
  const args = ['--pidfile', path, '--steer', `pinned:${join(bpffs.path, 'web', 'program')}`, 'descendants.cjs'];
  const service = await startService(args, { env: { TOKEN: descendants.token } });
  await descendants.started(await service.workerPids());
  assert.equal(readFileSync(path, 'utf8'), `${service.pid}\n`);
  assert.equal(statSync(path).mode & 0o777, 0o644);
  assert.deepEqual(readdirSync(bpffs.path), [...empty, 'web']);
  assert.equal((await service.command('stop')).code, 0);
  assert.deepEqual(readdirSync(folder), []);
  assert.deepEqual(descendants.all(), []);
  await service.end(null);
  assert.deepEqual(readdirSync(bpffs.path), empty);
});

test('the environment and a config file name it too, relative to the folder and to the file', async () => {
  const { folder, path } = newPath();
  mkdirSync(join(folder, 'conf'));
  const config = join(folder, 'conf', 'reuseport.config.json');
  writeFileSync(config, JSON.stringify({ pidfile: '../web.pid' }));
  const first = await startService(['--config', config, script]);
  assert.equal(readFileSync(path, 'utf8'), `${first.pid}\n`);
  await first.end();
  const second = await startService([script], { cwd: folder, env: { REUSEPORT_PIDFILE: 'web.pid' } });
  assert.equal(readFileSync(path, 'utf8'), `${second.pid}\n`);
  await second.end();
  assert.deepEqual(readdirSync(folder), ['conf']);
});

for (const [what, content] of [
  ['a dead process', `${deadPid()}\n`],
  ['nobody, because a disk was full,', ''],
  ['a process that is younger than the file', `${process.pid}`],
] as const) {
  test(`a file that names ${what} is replaced`, async () => {
    const { folder, path } = newPath();
    writeFileSync(path, content);
    utimesSync(path, 1, 1);
    const service = await startService(['--pidfile', path, script]);
    assert.equal(readFileSync(path, 'utf8'), `${service.pid}\n`);
    await service.end();
    assert.deepEqual(readdirSync(folder), []);
  });
}

test("a living master's file is left alone, and the second one says whose it is", async () => {
  const { folder, path } = newPath();
  const first = await startService(['--pidfile', path, script]);
  const message = new RegExp(`web\\.pid: it names pid ${first.pid}, which lives\\. Stop that one, or use another`);
  const control = join(folder, 'other.sock');
  assertRefused(await runCommand(['--pidfile', path, '--control', control, script]), CODE, 2, message);
  assert.deepEqual(readdirSync(folder), ['web.pid']);
  assert.equal(readFileSync(path, 'utf8'), `${first.pid}\n`);
  await first.end();
  assert.deepEqual(readdirSync(folder), []);
});

test('what is no pidfile stays as it is', async () => {
  const { folder, path } = newPath();
  const control = join(folder, 'c.sock');
  for (const content of ['precious', '0', '12 34', '7'.repeat(50)]) {
    writeFileSync(path, content);
    assertRefused(await runCommand(['--pidfile', path, '--control', control, script]), CODE, 2, /is no pidfile/);
    assert.equal(readFileSync(path, 'utf8'), content);
  }
  rmSync(path);
  mkdirSync(path);
  assertRefused(await runCommand(['--pidfile', path, '--control', control, script]), CODE, 2, /EISDIR|no pidfile/);
  rmdirSync(path);
  symlinkSync('/dev/null', path);
  const ends = join(fixtures, 'broken', 'ends-at-once.mjs');
  assertRefused(await runCommand(['--pidfile', path, '--control', control, ends]), CODE, 2, /is no pidfile/);
  assert.equal(readlinkSync(path), '/dev/null');
  assert.deepEqual(readdirSync(folder), ['web.pid']);
});

test('a folder that is not there is named before anything starts', async () => {
  const { folder } = newPath();
  const path = join(folder, 'nowhere', 'web.pid');
  const finished = await runCommand(['--pidfile', path, '--control', join(folder, 'c.sock'), script]);
  assertRefused(finished, CODE, 2, /nowhere\/web\.pid: it cannot be written: ENOENT\. Use another --pidfile/);
  assert.deepEqual(readdirSync(folder), []);
});

test('a folder that the master may not write is named before anything starts', { skip: notRoot }, async () => {
  const { folder, path } = newPath();
  chmodSync(folder, 0o755);
  const finished = await runCommand(['--pidfile', path, '--control', join(folder, 'c.sock'), script], { uid: NOBODY });
  assertRefused(finished, CODE, 2, /it cannot be written: EACCES\./);
  assert.deepEqual(readdirSync(folder), []);
});

test('on a full disk nothing starts, and the file that is there stays', { skip: noUnshare('-m') }, async () => {
  const { folder } = newPath();
  const fill = [
    'mount -t tmpfs -o size=8k none "$0"',
    'echo 1 > "$0/web.pid"; touch -d @1 "$0/web.pid"',
    'head -c 100000 /dev/zero > "$0/full" 2>/dev/null',
    '"$@"; code=$?; ls "$0"; cat "$0/web.pid"; exit $code',
  ];
  const through = ['unshare', '-m', 'sh', '-c', fill.join('\n'), folder];
  const args = ['--pidfile', join(folder, 'web.pid'), '--control', join(temporaryFolder(), 'c.sock'), script];
  const finished = await runCommand(args, { through });
  assert.match(finished.stderr, /^reuseport: ERR_PIDFILE: .*it cannot be written: ENOSPC\. The disk is full\.$/m);
  assert.equal(finished.stdout, 'full\nweb.pid\n1\n');
  assert.equal(finished.code, 2);
});

test('after an upgrade it names the new master, also when the former one has ended', async () => {
  const { folder, path } = newPath();
  const service = await startService(['--pidfile', path, script]);
  for (let round = 0; round < 2; round += 1) {
    const former = (await service.status()).pid;
    assert.equal((await service.command('upgrade')).code, 0);
    const { pid } = await service.status();
    assert.notEqual(pid, former);
    await waitFor('the former master to end', () => !isAlive(former));
    assert.equal(readFileSync(path, 'utf8'), `${pid}\n`);
    assert.deepEqual(readdirSync(folder), ['web.pid']);
  }
  assert.equal((await service.command('stop')).code, 0);
  assert.deepEqual(readdirSync(folder), []);
  await service.end(null);
});

test('an upgrade that cannot write it is refused, and the file still names the master in charge', async () => {
  const { folder, path } = newPath();
  const service = await startService(['--pidfile', path, script]);
  rmSync(path);
  mkdirSync(path);
  const { code, stderr } = await service.command('upgrade');
  assert.equal(code, 1);
  assert.match(stderr, /ERR_UPGRADE_FAILED: .*ERR_PIDFILE: /);
  assert.equal((await service.status()).pid, service.pid);
  await service.end();
  assert.deepEqual(readdirSync(folder), ['web.pid']);
});

test('a file that names somebody else by now is not removed', async () => {
  const { path } = newPath();
  const service = await startService(['--pidfile', path, script]);
  writeFileSync(path, '1\n');
  await service.end();
  assert.equal(readFileSync(path, 'utf8'), '1\n');
});

test('a service of which no worker gets ready leaves none', async () => {
  const { folder, path } = newPath();
  assertFailed(await failStart(['--pidfile', path, 'broken/throws-at-start.mjs']), 'ERR_WORKER_EXITED', 3);
  assert.deepEqual(readdirSync(folder), []);
});

test('a name that is taken leaves the pidfile alone', async () => {
  const { folder, path } = newPath();
  const first = await startService([script]);
  const finished = await runCommand(['--pidfile', path, '--control', first.control, script]);
  assert.match(finished.stderr, /ERR_NAME_IN_USE/);
  assert.deepEqual(readdirSync(folder), []);
  await first.end();
});
