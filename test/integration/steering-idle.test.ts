import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { startService } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';
import { waitFor } from '../helpers/wait.js';

const skip = steeringDenied();

test('while one worker is in a long turn, new connections go to the others', { skip }, async () => {
  const service = await startService(['http-block.cjs', '--steer', 'idle'], { workers: 2 });
  const port = await service.port();
  const blocked = get(port, '/block?ms=1500');
  const other = await firstFree(port);
  const answers = await Promise.all(Array.from({ length: 40 }, () => get(port)));
  assert.deepEqual(new Set(answers.map(({ body }) => body)), new Set([other]));
  const { body } = await blocked;
  assert.notEqual(body, other);
  await service.end();
});

/** The worker that answers while the other is blocked. */
async function firstFree(port: number): Promise<string> {
  const { body } = await get(port);
  return body;
}

for (const steer of ['hash', 'adaptive']) {
  test(`${steer}: what is queued for a loop in a long turn is served by others before the turn ends`, async () => {
    const service = await startService(['http-block.cjs', '--steer', steer], { workers: 2 });
    const port = await service.port();
    let ended = false;
    const blocked = get(port, '/block?ms=3000').then((answer) => {
      ended = true;
      return answer.body;
    });
    // What is accepted together with the request that blocks cannot be helped: only what comes later.
    await waitFor('a worker to be in its long turn', async () => {
      return (await service.status()).workers.some(({ busyMs }) => busyMs !== null && busyMs > 50);
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(port)));
    assert.equal(ended, false, 'an answer waited for the end of the long turn');
    const stuck = await blocked;
    assert.ok(
      answers.every(({ body }) => body !== stuck),
      'all were answered by the other worker',
    );
    await service.end();
  });
}

test('connections queued for a worker under SIGSTOP are served by others', async () => {
  const service = await startService(['http-block.cjs', '--steer', 'hash'], { workers: 2 });
  const port = await service.port();
  const [stopped = 0] = await service.workerPids();
  process.kill(stopped, 'SIGSTOP');
  try {
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(port)));
    assert.ok(answers.every(({ body }) => body !== String(stopped)));
  } finally {
    process.kill(stopped, 'SIGCONT');
  }
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
