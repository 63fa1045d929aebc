// One loop of a worker fails: its process goes with it, all of its slots recover, and what is queued is not lost.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { standStill } from '../helpers/processes.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';
import { inThread, loopsThatAnswer, parseLoop, THREADS } from './threads-support.js';

for (const [deed, how] of [
  ['throw', /exited \(exit code 1\) while ready/],
  ['exit', /exited \(exit code 7\) while ready/],
  ['end', /exited \(exit code 0\) while ready/],
] as const) {
  for (const thread of [0, 1]) {
    test(`the loop of thread ${thread} ends by "${deed}": its worker is replaced with all of its slots`, async (t) => {
      const service = await serviceFor(t, THREADS, { workers: 1 });
      const port = await service.port();
      const before = await loopsThatAnswer(port, 2);
      await inThread(port, thread, deed);
      const exited = await service.waitForEvent('worker-exited');
      assert.match(exited.msg, how);
      assert.equal(exited['workerPid'], before[0]?.pid);
      await service.waitForEvent('worker-ready', 2);
      const after = await loopsThatAnswer(port, 2);
      assert.deepEqual(
        after.map(({ slot, thread: of }) => [slot, of]),
        [
          [0, 0],
          [1, 1],
        ],
      );
      assert.ok(after.every(({ pid }) => pid !== before[0]?.pid));
      const { workers, counters } = await service.status();
      assert.deepEqual(
        workers.map(({ restarts }) => restarts),
        [1, 1],
      );
      assert.equal(counters.restarts, 1);
      if (deed === 'throw') assert.match(service.stderr, /Error: thrown by the program/);
    });
  }
}

test('what waits in the queues of all loops when their process dies is answered by its successor', async (t) => {
  const service = await serviceFor(t, THREADS, { workers: 1 });
  const port = await service.port();
  const [{ pid } = { pid: 0 }] = await loopsThatAnswer(port, 2);
  await standStill(pid);
  const waiting = Array.from({ length: 40 }, () => get(port));
  await waitFor('the queues to fill', async () => {
    const queued = (await service.status()).listeners[0]?.slots.map((row) => row.queued) ?? [];
    return queued.length === 2 && queued.every((count) => count > 0) && queued.reduce((a, b) => a + b) === 40;
  });
  process.kill(pid, 'SIGKILL');
  const answers = (await Promise.all(waiting)).map(({ body }) => parseLoop(body));
  assert.deepEqual(
    [...new Set(answers.map(({ slot }) => slot))].toSorted((a, b) => a - b),
    [0, 1],
  );
  assert.ok(answers.every((loop) => loop.pid !== pid));
});

test('a process whose main thread is held up when another of its threads fails is killed', async (t) => {
  const service = await serviceFor(t, ['--hang-timeout', '1m', ...THREADS], { workers: 1 });
  const port = await service.port();
  const [{ pid } = { pid: 0 }] = await loopsThatAnswer(port, 2);
  const held = inThread(port, 0, 'spin');
  await waitFor('the main thread to be held up', async () => {
    return (await service.status()).workers.some(({ slot, busyMs }) => slot === 0 && (busyMs ?? 0) > 100);
  });
  // Those that come to the main thread wait, until its successor answers them, which is not asked to throw.
  const failed = Array.from({ length: 32 }, () => get(port, `/do/throw?thread=1&pid=${pid}`).catch(() => null));
  const killed = await service.waitForEvent('worker-killed');
  assert.match(killed.msg, /slot 0 \(pid \d+\) did not end with its thread and is killed/);
  await service.waitForEvent('worker-ready', 2);
  await Promise.all([held, ...failed]);
  assert.equal((await loopsThatAnswer(port, 2)).length, 2);
});

test('a loop that hangs is named by its thread and its stack, and its process is replaced', async (t) => {
  const service = await serviceFor(t, ['--hang-timeout', '400ms', ...THREADS], { workers: 1 });
  const port = await service.port();
  await loopsThatAnswer(port, 2);
  const hung = inThread(port, 1, 'spin');
  const line = await service.waitForEvent('worker-hung');
  assert.match(
    line.msg,
    /slot 0 \(pid \d+\) is killed: thread 1: its event loop has been in one turn for \d\.\d s .*it is in JavaScript$/,
  );
  assert.match(line['stack'] as string, /^at .*spin \(.*threads\.mjs/);
  await hung;
  await service.waitForEvent('worker-ready', 2);
  assert.equal((await loopsThatAnswer(port, 2)).length, 2);
});

test('a signal that the program handles is emitted in each of its threads', async (t) => {
  const service = await serviceFor(t, THREADS, { workers: 1, env: { HANDLES: 'SIGUSR2,SIGHUP' } });
  const [{ pid } = { pid: 0 }] = await loopsThatAnswer(await service.port(), 2);
  for (const signal of ['SIGUSR2', 'SIGHUP'] as const) {
    process.kill(pid, signal);
    for (const thread of [0, 1]) {
      await waitFor(`${signal} in thread ${thread}`, () => service.stderr.includes(`${signal} in thread ${thread}`));
    }
  }
});

test('connections that a client keeps alive are handed over, loop by loop, at a reload', async (t) => {
  const service = await serviceFor(t, THREADS, { workers: 1 });
  const port = await service.port();
  await loopsThatAnswer(port, 2);
  const sockets = Array.from({ length: 12 }, () => net.connect(port, '127.0.0.1'));
  const answers = async () => {
    const all = sockets.map(async (socket) => {
      socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      const [data] = (await once(socket, 'data')) as [Buffer];
      return parseLoop(data.toString().split('\r\n').at(-1) ?? '');
    });
    return Promise.all(all);
  };
  const before = await answers();
  const { code, stderr } = await service.command('reload');
  assert.equal(code, 0, stderr);
  const after = await answers();
  assert.deepEqual(
    after.map(({ slot }) => slot),
    before.map(({ slot }) => slot),
  );
  assert.ok(after.every(({ generation }) => generation === 2));
  await waitFor('all to be counted', async () => (await service.status()).counters.handedOver === 12);
  for (const socket of sockets) socket.destroy();
});
