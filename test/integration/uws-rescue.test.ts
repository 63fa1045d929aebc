// What waits for a stuck worker of uWebSockets.js is served by another, and counted where it went.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertQueueMoved, assertStoppedIsPassedOver, MIGRATE, rescueArgs, STEAL } from '../helpers/rescued.js';
import { steeringDenied } from '../helpers/steering.js';
import { withoutUws } from '../helpers/uws.js';
import { WebSocketClient } from '../helpers/web-socket.js';
import { waitFor } from '../helpers/wait.js';
import { assertBothAnswer, serviceFor } from './listen-support.js';

const skip = withoutUws();
const denied = skip || steeringDenied();

for (const [way, unless] of [
  [STEAL, skip],
  [MIGRATE, denied],
] as const) {
  const title = `--rescue-by ${way.way}: a whole queue goes to the other, and each connection once`;
  test(title, { skip: unless }, async (t) => {
    const service = await serviceFor(t, ['uws-http.cjs', ...rescueArgs(way)]);
    const port = await service.port();
    const stuck = await assertQueueMoved(service, port, way);
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
  await assertStoppedIsPassedOver(service);
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
