// A stop while connections wait in the listener of a slot that has no worker: those that are still there serve them first.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NOBODY, notRoot, temporaryFolder } from '../helpers/cli.js';
import { type Answer, get } from '../helpers/http.js';
import { standStill } from '../helpers/processes.js';
import { type Service, startService, type StartOptions } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';
import { waitFor } from '../helpers/wait.js';

/** No test here can wait for its end. Without rescue nobody takes over before the stop. */
const OPTIONS = ['--graceful-timeout', '10m', '--rescue-after', '0ms'];

/** A service whose last worker was killed, with connections in its queue; `file` keeps every later one from serving. */
async function startDeserted(
  script: string,
  steer: string,
  options: StartOptions = {},
): Promise<{ service: Service; requests: Promise<Answer>[] }> {
  const file = join(temporaryFolder(), 'gate');
  const service = await startService(['--steer', steer, ...OPTIONS, script], { env: { GATE: file }, ...options });
  const { workers } = await service.status();
  const victim = workers.at(-1);
  assert.ok(victim?.pid != null && victim.slot !== null);
  await standStill(victim.pid);
  const requests = await queueAt(service, victim.slot);
  writeFileSync(file, '');
  process.kill(victim.pid, 'SIGKILL');
  await service.waitForEvent('worker-exited');
  return { service, requests };
}

/** Connects until somebody waits at the slot, and everybody else has an answer. */
async function queueAt(service: Service, slot: number): Promise<Promise<Answer>[]> {
  const port = await service.port();
  const requests: Promise<Answer>[] = [];
  let answered = 0;
  const queued = async () => {
    const [listener] = (await service.status()).listeners;
    return listener?.slots.find((row) => row.slot === slot)?.queued ?? 0;
  };
  const settled = async () => {
    const waiting = await queued();
    return answered + waiting === requests.length && { waiting };
  };
  for (let waiting = 0; waiting === 0;) {
    const more = Array.from({ length: 8 }, () => get(port, '/', { timeout: 0 }));
    for (const request of more) void request.then(() => (answered += 1)).catch(() => {});
    requests.push(...more);
    ({ waiting } = await waitFor('every connection to be answered or to wait', settled));
  }
  return requests;
}

async function assertAllAnswered(requests: Promise<Answer>[]): Promise<void> {
  const failed = (await Promise.allSettled(requests)).filter(
    (result) => result.status === 'rejected' || result.value.status !== 200,
  );
  assert.deepEqual(failed, []);
}

const noBpf = steeringDenied();
const cases = [
  { steer: 'hash', skip: false },
  { steer: 'round-robin', skip: noBpf },
  { steer: 'idle', skip: noBpf },
  { steer: 'adaptive', skip: false },
  { steer: 'adaptive', skip: notRoot, uid: NOBODY },
] as const;

for (const { steer, skip, ...options } of cases) {
  const who = 'uid' in options ? `${steer} without rights` : steer;
  test(`${who}: what waits for a slot in back-off is answered before the stop is done`, { skip }, async () => {
    const { service, requests } = await startDeserted('crashes.cjs', steer, options);
    await service.waitForEvent('worker-backoff');
    const stop = await service.command('stop');
    assert.equal(stop.code, 0, stop.stderr);
    await assertAllAnswered(requests);
    assert.equal((await service.end(null)).code, 0);
  });
}

test('the same when the next worker of the slot starts, and has not listened yet', async () => {
  const { service, requests } = await startDeserted('gated.cjs', 'hash');
  await service.waitForEvent('worker-started', 3);
  assert.equal((await service.end()).code, 0);
  await assertAllAnswered(requests);
});

test('where every slot is in back-off nobody can serve: the stop waits for nothing', async () => {
  const { service, requests } = await startDeserted('crashes.cjs', 'hash', { workers: 1 });
  await service.waitForEvent('worker-backoff');
  assert.equal((await service.end()).code, 0);
  for (const { status } of await Promise.allSettled(requests)) assert.equal(status, 'rejected');
});

test('a quick stop waits for nobody', async () => {
  const { service, requests } = await startDeserted('crashes.cjs', 'hash');
  await service.waitForEvent('worker-backoff');
  assert.equal((await service.end('SIGINT')).code, 0);
  await Promise.allSettled(requests);
});
