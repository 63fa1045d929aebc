// What waits for a stuck worker of uWebSockets.js is served by another, and counted where it went.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { block, get } from '../helpers/http.js';
import { steeringDenied } from '../helpers/steering.js';
import { withoutUws } from '../helpers/uws.js';
import { WebSocketClient } from '../helpers/web-socket.js';
import { waitFor } from '../helpers/wait.js';
import { assertBothAnswer, serviceFor } from './listen-support.js';

const skip = withoutUws();
const denied = skip || steeringDenied();

for (const [way, mover, other, unless] of [
  ['steal', 'stolen', 'migrated', skip],
  ['migrate', 'migrated', 'stolen', denied],
] as const) {
  test(`--rescue-by ${way}: a whole queue goes to the other, and each connection once`, { skip: unless }, async (t) => {
    // Late enough that a queue gathers behind the long turn.
    const args = ['uws-http.cjs', '--steer', 'hash', '--rescue-after', '300ms', '--rescue-by', way];
    const service = await serviceFor(t, args);
    const port = await service.port();
    const blocked = block(port, 2000);
    await blocked.begun;
    const answers = await Promise.all(Array.from({ length: 40 }, () => get(port)));
    const { counters } = await service.status();
    const { body: stuck } = await blocked.answer;
    assert.ok(
      answers.every(({ status, body }) => status === 200 && body !== stuck),
      'all were answered by the other worker',
    );
    assert.ok(counters[mover] > 0 && counters.rescues > 0, JSON.stringify(counters));
    assert.equal(counters[other], 0);
    const { workers } = await waitFor('the connections to end', async () => {
      const status = await service.status();
      return status.workers.every(({ openConnections }) => openConnections === 0) && status;
    });
    const of = (mine: boolean) => workers.find(({ pid }) => (String(pid) === stuck) === mine);
    assert.deepEqual([of(true)?.accepted, of(false)?.accepted], [1, 40]);
    await assertBothAnswer(port);
  });
}

test('connections queued for a worker under SIGSTOP are served by the other', { skip }, async (t) => {
  const service = await serviceFor(t, ['uws-http.cjs', '--steer', 'adaptive', '--rescue-after', '20ms']);
  const port = await service.port();
  const [stopped = 0] = await service.workerPids();
  process.kill(stopped, 'SIGSTOP');
  try {
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(port)));
    assert.ok(answers.every(({ body }) => body !== String(stopped)));
  } finally {
    process.kill(stopped, 'SIGCONT');
  }
});

for (const policy of ['idle', 'least-connections', 'round-robin', 'two-choice', 'least-pending', 'auto']) {
  test(`under ${policy} both workers answer`, { skip: denied }, async (t) => {
    const service = await serviceFor(t, ['uws-http.cjs', '--steer', policy]);
    await assertBothAnswer(await service.port());
  });
}

test('least-connections sees the connections that are open', { skip: denied }, async (t) => {
  const args = ['uws-http.cjs', '--steer', 'least-connections', '--rescue-after', '0ms'];
  const service = await serviceFor(t, args);
  const port = await service.port();
  for (let open = 1; open <= 10; open += 1) {
    await WebSocketClient.open(t, port);
    const counts = (await service.status()).workers.map(({ openConnections }) => openConnections);
    assert.deepEqual(new Set(counts), new Set([Math.floor(open / 2), Math.ceil(open / 2)]));
  }
});
