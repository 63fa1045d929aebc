// The socket file: one master per name, a dead one's is replaced, and only the own one is ever removed.
import assert from 'node:assert/strict';
import { existsSync, lstatSync, renameSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/cli.js';
import { Service, startService } from '../helpers/reuseport.js';

test('of three masters that start at once under one name exactly one serves, ten times', async () => {
  const folder = temporaryFolder();
  for (let round = 0; round < 10; round += 1) {
    const control = join(folder, `${round}.sock`);
    // Each second time a dead master's socket is in the way.
    if (round % 2 === 1) await leaveStale(control);
    const args = ['--control', control, 'cli-slot.mjs'];
    const rivals = [0, 1, 2].map(() => new Service(args, { workers: 1, ready: false }));
    const first = await Promise.race(rivals.map((rival) => rival.waitForEvent('serving').then(() => rival, never)));
    const losers = rivals.filter((rival) => rival !== first);
    for (const loser of losers) {
      const { code, stderr } = await loser.finished;
      assert.match(stderr, /^reuseport: ERR_NAME_IN_USE: /);
      assert.equal(code, 2);
      await loser.end(null);
    }
    await first.end('SIGINT');
    assert.equal(existsSync(control), false);
  }
});

function never(): Promise<Service> {
  return new Promise(() => {});
}

/** A socket file that nobody listens on, as SIGKILL leaves it. */
async function leaveStale(path: string): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(`${path}.tmp`, resolve));
  renameSync(`${path}.tmp`, path);
  await new Promise((resolve) => server.close(resolve));
  assert.ok(lstatSync(path).isSocket());
}

test('the socket of a killed master is replaced by the next one', async () => {
  const control = join(temporaryFolder(), 'c.sock');
  const args = ['--control', control, 'cli-slot.mjs'];
  const killed = await startService(args, { workers: 1 });
  killed.kill('SIGKILL');
  await killed.finished;
  assert.ok(existsSync(control));
  await killed.end(null);
  const next = await startService(args, { workers: 1 });
  assert.equal((lstatSync(control).mode & 0o777).toString(8), '600');
  await next.end();
  assert.equal(existsSync(control), false);
});

test('a master that ends leaves the socket of another one that has taken the place', async () => {
  const control = join(temporaryFolder(), 'c.sock');
  const args = ['--control', control, 'cli-slot.mjs'];
  const first = await startService(args, { workers: 1 });
  renameSync(control, `${control}.moved`);
  const second = await startService(args, { workers: 1 });
  await first.end();
  assert.ok(existsSync(control), 'the socket of the second is gone');
  await second.end();
});

test('a suspended master still holds its name', async () => {
  const first = await startService(['cli-slot.mjs'], { workers: 1 });
  first.kill('SIGSTOP');
  const second = new Service(['--control', first.control, 'cli-slot.mjs'], { ready: false });
  const { code, stderr } = await second.finished;
  assert.match(stderr, /^reuseport: ERR_NAME_IN_USE: /);
  assert.equal(code, 2);
  first.kill('SIGCONT');
  await first.end();
  await second.end(null);
});
