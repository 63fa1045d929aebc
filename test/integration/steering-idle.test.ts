import assert from 'node:assert/strict';
import { test } from 'node:test';
import { block, get } from '../helpers/http.js';
import { startService } from '../helpers/reuseport.js';
import { assertQueueMoved, assertStoppedIsPassedOver, MIGRATE, rescueArgs, STEAL } from '../helpers/rescued.js';
import { steeringDenied } from '../helpers/steering.js';
import { waitFor } from '../helpers/wait.js';

const skip = steeringDenied();

test('while one worker is in a long turn, new connections go to the others', { skip }, async () => {
  const service = await startService(['http-block.cjs', '--steer', 'idle'], { workers: 2 });
  const port = await service.port();
  const blocked = block(port, 1500);
  await blocked.begun;
  const answers = await Promise.all(Array.from({ length: 40 }, () => get(port)));
  const { body: stuck } = await blocked.answer;
  assert.ok(answers.every(({ status, body }) => status === 200 && body !== stuck));
  await service.end();
});

for (const steer of ['hash', 'adaptive']) {
  test(`${steer}: what is queued for a loop in a long turn is served by others before the turn ends`, async () => {
    const service = await startService(['http-block.cjs', '--steer', steer], { workers: 2 });
    const port = await service.port();
    let ended = false;
    const blocked = block(port, 2000);
    void blocked.answer.then(() => (ended = true));
    // What is accepted together with the request that blocks cannot be helped: only what comes later.
    await blocked.begun;
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(port)));
    assert.equal(ended, false, 'an answer waited for the end of the long turn');
    const { body: stuck } = await blocked.answer;
    assert.ok(
      answers.every(({ body }) => body !== stuck),
      'all were answered by the other worker',
    );
    await service.end();
  });
}

for (const [way, unless] of [
  [STEAL, false],
  [MIGRATE, skip],
] as const) {
  const title = `--rescue-by ${way.way}: a whole queue goes to others, and each connection once`;
  test(title, { skip: unless }, async () => {
    const service = await startService(['http-block.cjs', ...rescueArgs(way)], { workers: 2 });
    const port = await service.port();
    await assertQueueMoved(service, port, way);
    // The listener is back in its group: both workers get connections again.
    const seen = await waitForWorkers(port, 2);
    assert.equal(seen.size, 2);
    await service.end();
  });
}

/** Asks until `count` workers have answered. */
async function waitForWorkers(port: number, count: number): Promise<Set<string>> {
  const seen = new Set<string>();
  await waitFor(`${count} workers to answer`, async () => {
    for (const { body } of await Promise.all(Array.from({ length: 8 }, () => get(port)))) seen.add(body);
    return seen.size >= count;
  });
  return seen;
}

test('connections queued for a worker under SIGSTOP are served by others', async () => {
  const service = await startService(['http-block.cjs', '--steer', 'hash'], { workers: 2 });
  await assertStoppedIsPassedOver(service);
  await service.end();
});

test('a change of policy takes effect at once and loses no connection', { skip }, async () => {
  const service = await startService(['http-block.cjs', '--steer', 'hash'], { workers: 3 });
  const port = await service.port();
  for (const policy of ['round-robin', 'idle', 'two-choice', 'least-connections', 'adaptive', 'hash', 'auto']) {
    const load = Promise.all(Array.from({ length: 30 }, () => get(port)));
    const { code, stdout, stderr } = await service.command('steer', policy);
    assert.equal(code, 0, stderr);
    assert.match(stdout, policy === 'auto' ? /idle/ : new RegExp(policy));
    assert.ok((await load).every(({ status }) => status === 200));
  }
  const { code, stderr } = await service.command('steer', 'nonsense');
  assert.equal(code, 2);
  assert.match(stderr, /nonsense/);
  assert.equal((await service.status()).steer.used, 'idle');
  await service.end();
});

// Without the watch: a loop that was late for once would be passed over, and the round be another.
test('round robin gives every worker the same number of connections', { skip }, async () => {
  const service = await startService(['http-block.cjs', '--steer', 'round-robin', '--rescue-after', '0ms'], {
    workers: 3,
  });
  const port = await service.port();
  const counts = new Map<string, number>();
  for (let round = 0; round < 30; round += 1) {
    const { body } = await get(port);
    counts.set(body, (counts.get(body) ?? 0) + 1);
  }
  assert.deepEqual([...counts.values()], [10, 10, 10]);
  await service.end();
});
