// Who is asked to take over what waits for a stopped worker may be stopped itself, or die before it has.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, get } from '../helpers/http.js';
import { standStill, stopAtRest } from '../helpers/processes.js';
import { type Service } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

const skip = steeringDenied();
const OPTIONS = ['--steer', 'sticky', '--rescue-after', '20ms', '--hang-timeout', '0ms', 'http-block.cjs'];

/** Clients with that address come to that worker, as long as it serves. */
async function addressFor(port: number, pid: number): Promise<string> {
  for (let last = 2; last < 255; last += 1) {
    const localAddress = `127.0.0.${last}`;
    if ((await get(port, '/', { localAddress })).body === String(pid)) return localAddress;
  }
  throw new Error(`no address of 253 leads to ${pid}`);
}

/** The workers of slots 0 and 1 are stopped, and somebody waits for the one of 0, which 1 is asked to take over. */
async function askStopped(service: Service) {
  const port = await service.port();
  const [victim = 0, thief = 0, other = 0] = await service.workerPids();
  const localAddress = await addressFor(port, victim);
  for (const pid of [thief, victim]) await stopAtRest(pid);
  const answer = get(port, '/', { localAddress });
  await waitFor('the first one to be asked', async () => (await service.status()).counters.rescues > 0);
  return { victim, thief, other, answer };
}

const goOn = (pids: readonly number[]) => {
  for (const pid of pids) process.kill(pid, 'SIGCONT');
};

test('a thief that is stopped, too, holds nobody up: another is asked', { skip }, async (t) => {
  const service = await serviceFor(t, OPTIONS, { workers: 3 });
  const { victim, thief, other, answer } = await askStopped(service);
  assert.equal((await answer).body, String(other));
  goOn([thief, victim]);
});

test('what a thief was asked for and had not taken when it was killed, others take', { skip }, async (t) => {
  const service = await serviceFor(t, OPTIONS, { workers: 2 });
  const { victim, thief, answer } = await askStopped(service);
  process.kill(thief, 'SIGKILL');
  const { body } = await answer;
  assert.ok(![victim, thief].map(String).includes(body), body);
  goOn([victim]);
});

/** Asks until somebody waits for the worker of that slot, which is stopped. */
async function queueAt(service: Service, slot: number): Promise<Promise<Answer>[]> {
  const port = await service.port();
  const requests: Promise<Answer>[] = [];
  await waitFor('somebody to wait', async () => {
    requests.push(get(port));
    const [listener] = (await service.status()).listeners;
    return (listener?.slots.find((row) => row.slot === slot)?.queued ?? 0) > 0;
  });
  return requests;
}

test('a thief that comes when the listener is gone goes on, and nobody has waited for it', async (t) => {
  const service = await serviceFor(t, ['http-block.cjs'], { workers: 3 });
  const [thief = 0, other = 0, leaving = 0] = await service.workerPids();
  await standStill(leaving);
  const requests = await queueAt(service, 2);
  await stopAtRest(thief);
  const scaled = service.command('scale', '2');
  await service.waitForEvent('worker-draining');
  process.kill(leaving, 'SIGKILL');
  const last = await Promise.all(requests);
  assert.ok(last.every(({ body }) => [thief, other].map(String).includes(body)));
  await waitFor('the listener to go', async () => (await service.status()).listeners[0]?.slots.length === 2);
  goOn([thief]);
  assert.equal((await scaled).code, 0);
  // It is asked for its figures after what it was asked before.
  const workers = await waitFor('the figures of both', async () => {
    const { workers: all } = await service.status();
    return all.every(({ requests: answered }) => answered !== null) && all;
  });
  assert.deepEqual(
    workers.map(({ pid, restarts }) => [pid, restarts]),
    [
      [thief, 0],
      [other, 0],
    ],
  );
});
