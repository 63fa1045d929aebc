// A control socket that cannot be where it should be: refused before anything starts, and nothing of others is touched.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { assertRefused, NOBODY, notRoot, temporaryFolder } from '../helpers/cli.js';
import { fixtures, runCommand, startService } from '../helpers/reuseport.js';

const script = join(fixtures, 'cli-slot.mjs');
const CODE = 'ERR_CONTROL_PATH';

test('a path that no socket address can hold is refused with both lengths', async () => {
  const path = `/tmp/${'x'.repeat(120)}.sock`;
  const finished = await runCommand(['--control', path, script]);
  assertRefused(finished, CODE, 2, /has 130 bytes, 107 is the limit\. Use --control with a shorter path/);
});

test('a folder of control sockets that cannot be read is named with the errno', async () => {
  const runtime = temporaryFolder(0o700);
  writeFileSync(join(runtime, 'reuseport'), '');
  const finished = await runCommand(['status'], { env: { XDG_RUNTIME_DIR: runtime } });
  assertRefused(finished, 'ERR_CONTROL_UNREACHABLE', 1, /reuseport cannot be read: ENOTDIR\. .*--control/);
});

test('a folder that does not exist is named', async () => {
  assertRefused(await runCommand(['--control', '/nowhere/c.sock', script]), CODE, 2, /\/nowhere: .* does not exist/);
});

test('a file that is no socket stays as it is', async () => {
  const path = join(temporaryFolder(), 'precious');
  writeFileSync(path, 'kept');
  assertRefused(await runCommand(['--control', path, script]), CODE, 2, /precious: there is a file that is no socket/);
  assert.equal(readFileSync(path, 'utf8'), 'kept');
});

test('a runtime folder that others can enter is refused with its mode', async () => {
  const runtime = temporaryFolder(0o700);
  mkdirSync(join(runtime, 'reuseport'));
  chmodSync(join(runtime, 'reuseport'), 0o755);
  const finished = await runCommand([script], { env: { XDG_RUNTIME_DIR: runtime } });
  assertRefused(finished, CODE, 2, /not safe: others can enter it \(mode 0755\); make it 0700/);
});

test("another user's runtime folder is refused with its owner", { skip: notRoot }, async () => {
  const runtime = temporaryFolder(0o700);
  mkdirSync(join(runtime, 'reuseport'), 0o700);
  chownSync(join(runtime, 'reuseport'), NOBODY, NOBODY);
  const finished = await runCommand([script], { env: { XDG_RUNTIME_DIR: runtime } });
  assertRefused(finished, CODE, 2, /belongs to user 65534, not to us \(user 0\)/);
});

test('a temporary folder that cannot be written in is refused with the errno', { skip: notRoot }, async () => {
  const env = { XDG_RUNTIME_DIR: '', TMPDIR: temporaryFolder(0o555) };
  assertRefused(await runCommand([script], { env, uid: NOBODY }), CODE, 2, /cannot be made: EACCES\. Use --control/);
});

test("another user's config file is refused with the errno", { skip: notRoot }, async () => {
  const path = join(temporaryFolder(), 'secret.json');
  writeFileSync(path, '{}', { mode: 0o600 });
  const finished = await runCommand(['-c', path, script], { uid: NOBODY });
  assertRefused(finished, 'ERR_CONFIG_UNREADABLE', 2, /secret\.json: reading it failed: EACCES/);
});

test("another user's control socket is refused, and stays", { skip: notRoot }, async () => {
  const folder = temporaryFolder(0o777);
  const path = join(folder, 'c.sock');
  const server = net.createServer().listen(path);
  await new Promise((resolve) => server.once('listening', resolve));
  chmodSync(path, 0o600);
  const finished = await runCommand(['--control', path, script], { uid: NOBODY });
  assertRefused(finished, CODE, 2, /c\.sock: it belongs to user 0/);
  await new Promise((resolve) => server.close(resolve));
});

test(
  'a socket that cannot be removed does not fail the stop, and is named at the next start',
  { skip: notRoot },
  async () => {
    const service = await startService([script], { workers: 1, uid: NOBODY });
    chmodSync(dirname(service.control), 0o555);
    service.kill('SIGTERM');
    const { code, stderr } = await service.finished;
    assert.equal(code, 0, stderr);
    const next = await runCommand(['--control', service.control, script], { uid: NOBODY });
    assertRefused(next, CODE, 2, /c\.sock: the one of a master that is gone cannot be removed: EACCES\. Use --control/);
    await service.discard();
  },
);
