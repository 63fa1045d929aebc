// A worker whose loop stands still: where it is is said, then it is replaced.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { isAlive, stopAtRest } from '../helpers/processes.js';
import type { Service } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

/** Asks for what never ends; the connection breaks when the worker is killed. */
async function hang(port: number, path: string): Promise<void> {
  await assert.rejects(get(port, path), /socket hang up|ECONNRESET/);
}

function order(service: Service): string[] {
  return service.logs.flatMap(({ event = '' }) => (/^worker-(hung|started|ready|exited)$/.test(event) ? [event] : []));
}

for (const [path, frame] of [
  ['/spin', /^at spinForever \(.*hang\.cjs:6:\d+\)\nat .*hang\.cjs/],
  ['/regexp', /^at RegExp\.test .*\nat matchForever \(.*hang\.cjs:10:\d+\)\n/],
] as const) {
  test(`a worker in an endless ${path} is replaced, and the log has its stack`, async (t) => {
    const service = await serviceFor(t, ['--hang-timeout', '400ms', 'hang.cjs'], { workers: 1 });
    const port = await service.port();
    const [pid = 0] = await service.workerPids();
    const hung = hang(port, path);
    const line = await service.waitForEvent('worker-hung');
    // Accepted by nobody as yet: custody keeps them for the successor.
    const waiting = Array.from({ length: 5 }, () => get(port));
    await hung;
    assert.equal(line.code, 'ERR_WORKER_HUNG');
    assert.match(
      line.msg,
      /slot 0 \(pid \d+\) is killed: its event loop has been in one turn for 0\.\d s \(hangTimeout 400ms\): it is in JavaScript$/,
    );
    assert.match(line['stack'] as string, frame);
    for (const { body } of await Promise.all(waiting)) assert.notEqual(body, String(pid));
    const [row] = (await service.status()).workers;
    assert.deepEqual([row?.restarts, row?.lastExit?.why, row?.lastExit?.signal], [1, 'hung', 'SIGKILL']);
    assert.deepEqual(order(service).slice(0, 4), ['worker-started', 'worker-ready', 'worker-hung', 'worker-started']);
  });
}

test('of a worker that waits in native code the log says what the kernel says', async (t) => {
  const service = await serviceFor(t, ['--hang-timeout', '400ms', 'hang.cjs'], { workers: 1 });
  const hung = hang(await service.port(), '/child');
  const line = await service.waitForEvent('worker-hung');
  assert.match(
    line.msg,
    /it is in native code \(state S.*\), so there is no JavaScript stack; it has started: sleep 60 \(pid \d+\)$/,
  );
  assert.equal(line['stack'], null);
  const child = Number(/sleep 60 \(pid (\d+)\)/.exec(line.msg)?.[1]);
  await hung;
  if (isAlive(child)) process.kill(child, 'SIGKILL');
});

test('a worker that is stopped is replaced though nothing waits for it', async (t) => {
  const service = await serviceFor(t, ['--hang-timeout', '600ms', 'hang.cjs'], { workers: 2 });
  const [first = 0, second = 0] = await service.workerPids();
  await stopAtRest(first);
  const line = await service.waitForEvent('worker-hung');
  assert.match(
    line.msg,
    /its event loop has not turned for 0\.\d s, though it was asked to \(hangTimeout 600ms\): it is stopped by a signal/,
  );
  await service.waitForEvent('worker-ready', 3);
  const pids = await service.workerPids();
  assert.ok(!pids.includes(first) && pids.includes(second), 'the idle one is left alone');
});

test('a master that stood still itself does not take it out on its workers', async (t) => {
  const service = await serviceFor(t, ['--hang-timeout', '1s', 'hang.cjs'], { workers: 1 });
  const port = await service.port();
  const [pid = 0] = await service.workerPids();
  const turn = get(port, '/turn');
  await waitFor('the long turn', async () => (await service.status()).workers[0]?.busyMs ?? 0);
  // As when a machine's processes are frozen together, in the midst of a turn.
  for (const each of [service.pid, pid]) process.kill(each, 'SIGSTOP');
  const resumed = new Promise((resolve) => setTimeout(resolve, 1_500));
  await resumed;
  for (const each of [service.pid, pid]) process.kill(each, 'SIGCONT');
  assert.equal((await turn).body, String(pid));
  await service.status();
  assert.deepEqual(
    service.logs.filter(({ event }) => event === 'worker-hung'),
    [],
  );
});

test('the status tells what a stuck worker is stuck in, and what will become of it', async (t) => {
  const service = await serviceFor(t, ['--steer', 'adaptive', '--hang-timeout', '1m', 'hang.cjs'], { workers: 1 });
  const hung = hang(await service.port(), '/spin');
  const row = await waitFor('the status to say so', async () => {
    return (await service.status()).workers.find(({ state }) => state === 'stuck');
  });
  assert.match(row.why ?? '', /^in one turn for (?:\d+ ms|\d+\.\d s), hangTimeout 1m$/);
  process.kill(row.pid ?? 0, 'SIGKILL');
  await hung;
});

test('where a debugger may stop a worker it is left alone', async (t) => {
  const args = ['--hang-timeout', '300ms', '--node-arg=--inspect=127.0.0.1:0', 'hang.cjs'];
  const service = await serviceFor(t, args, { workers: 1 });
  const off = await service.waitForEvent('hang-timeout-off');
  assert.match(off.msg, /hangTimeout is off, because the workers run with --inspect=127\.0\.0\.1:0/);
  assert.match((await get(await service.port(), '/turn')).body, /^\d+$/);
});
