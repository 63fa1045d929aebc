// Everything as a user without any right: the master as well as its workers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOBODY, notRoot } from '../helpers/cli.js';
import { get, tally } from '../helpers/http.js';
import { standStill } from '../helpers/processes.js';
import { type Service, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const skip = notRoot;

const start = (args: readonly string[]) => startService([...args, '--steer', 'auto'], { uid: NOBODY });

async function served(service: Service): Promise<Set<string>> {
  return new Set((await tally(await service.port(), 20)).keys());
}

test('steering is adaptive, and passes a stopped worker over', { skip }, async () => {
  const service = await start(['http-block.cjs']);
  const { steer, listeners, user } = await service.status();
  assert.equal(steer.used, 'adaptive');
  assert.match(steer.why, /eBPF is denied/);
  assert.equal(listeners[0]?.steer, 'adaptive');
  assert.equal(user, null);
  const [stopped = 0, other = 0] = await service.workerPids();
  await standStill(stopped);
  try {
    assert.deepEqual(await served(service), new Set([String(other)]));
  } finally {
    process.kill(stopped, 'SIGCONT');
  }
  await service.end();
});

test('reload, scale and crash lose nothing', { skip }, async () => {
  const service = await start(['http-hello.cjs']);
  const port = await service.port();
  assert.equal((await service.command('reload')).code, 0);
  assert.equal((await service.command('scale', '3')).code, 0);
  const [victim = 0] = await service.workerPids();
  process.kill(victim, 'SIGKILL');
  const answers = await Promise.all(Array.from({ length: 40 }, () => get(port)));
  assert.ok(answers.every(({ status, body }) => status === 200 && body !== String(victim)));
  await waitFor('the successor', async () => {
    return (await service.status()).workers.every(({ state, pid }) => state === 'ready' && pid !== victim);
  });
  await service.end();
});

test('the user and the group that the master has may be asked for, by name and by number', { skip }, async () => {
  for (const names of [
    ['-u', 'nobody', '-g', 'nogroup'],
    ['-u', String(NOBODY), '-g', String(NOBODY)],
  ]) {
    const service = await start([...names, 'http-hello.cjs']);
    assert.equal((await service.status()).user, null);
    await service.end();
  }
});
