// An address that is not free: exit code 3, and a last line that names who holds it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { addonPath } from '../../src/native/load.js';
import { assertFailed, failStart, holdPort, NOBODY, notRoot, temporaryFolder } from '../helpers/cli.js';
import { chownSync } from 'node:fs';
import { tally } from '../helpers/http.js';
import { runCommand, startService } from '../helpers/reuseport.js';

const start = (port: number, args: string[] = [], uid?: number) => {
  return failStart([...args, 'cli-slot.mjs'], { env: { PORT: String(port) }, ...(uid === undefined ? {} : { uid }) });
};

/** A control socket where `nobody` may make one. */
function controlOfNobody(): string[] {
  const folder = temporaryFolder(0o700);
  chownSync(folder, NOBODY, NOBODY);
  return ['--control', join(folder, 'c.sock')];
}

test('a port taken by another program: its pid and command, and the ways out, said once', async () => {
  const holder = await holdPort();
  const failed = await start(holder.port);
  const message = assertFailed(failed, 'ERR_STRANGER', 3);
  assert.ok(message.includes(`pid ${holder.pid} (${process.execPath} `), message);
  assert.match(message, /cli-holder\.cjs\) listens on 127\.0\.0\.1:\d+\. Stop it, use another port, or .*--join/);
  assert.equal(failed.logs.filter(({ event }) => event === 'listen-refused').length, 1);
  await holder.end();
});

test('a port taken by another user is seen by root', { skip: notRoot }, async () => {
  const holder = await holdPort(['cli-holder.cjs'], NOBODY);
  const message = assertFailed(await start(holder.port), 'ERR_STRANGER', 3);
  assert.ok(message.includes(`pid ${holder.pid} (`), message);
  await holder.end();
});

test(
  "root's port, seen by a user who may not look into root's processes: the uid at least",
  { skip: notRoot },
  async () => {
    const holder = await holdPort();
    const message = assertFailed(await start(holder.port, controlOfNobody(), NOBODY), 'ERR_STRANGER', 3);
    assert.match(message, /a process of uid 0 that cannot be seen from here listens on 127\.0\.0\.1/);
    await holder.end();
  },
);

test('a port below 1024 without the right for it: the capability by name', { skip: notRoot }, async () => {
  const message = assertFailed(await start(80, controlOfNobody(), NOBODY), 'ERR_LISTENER_BIND', 3);
  assert.match(message, /bind .*:80: EACCES .*CAP_NET_BIND_SERVICE.*ip_unprivileged_port_start/);
});

test('a second master of another name does not share the port of the first', async () => {
  const first = await startService(['--name', 'first', 'cli-slot.mjs']);
  const port = await first.port();
  const message = assertFailed(await start(port, ['--name', 'second']), 'ERR_STRANGER', 3);
  assert.ok(message.includes(`pid ${first.pid} (`), message);
  await first.end();
});

test('a second master of the same name is refused with exit code 2, and the first goes on', async () => {
  const first = await startService(['cli-slot.mjs']);
  const second = await runCommand(['run', '--control', first.control, 'cli-slot.mjs']);
  assert.match(second.stderr, /^reuseport: ERR_NAME_IN_USE: a master named ".*" is running .* Use another --name/);
  assert.equal(second.code, 2);
  assert.equal((await first.status()).workers.length, 2);
  await first.end();
});

test('--join shares the port on purpose: both answer', async () => {
  const holder = await holdPort(['cli-holder-shared.cjs', addonPath()]);
  const env = { PORT: String(holder.port), HOST: '127.0.0.1' };
  const service = await startService(['--join', 'cli-slot.mjs'], { env });
  const bodies = await tally(holder.port, 60);
  assert.ok(bodies.has('stranger') && bodies.size > 1, JSON.stringify([...bodies]));
  await holder.end();
  await service.end();
});

test('--join cannot share with a socket without SO_REUSEPORT, and says whose it is', async () => {
  const holder = await holdPort();
  const message = assertFailed(await start(holder.port, ['--join']), 'ERR_LISTENER_BIND', 3);
  assert.match(message, /EADDRINUSE .*A socket without SO_REUSEPORT, or of another user, holds the port: pid \d+ \(/);
  await holder.end();
});
