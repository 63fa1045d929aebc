import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { get } from '../helpers/http.js';
import { fixtures, type Service } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

const preload = `--node-arg=--require=${join(fixtures, 'rehearsal-watch.cjs')}`;

interface Answer {
  pid: number;
  /** What any server of the process has emitted, or Node has told of one. */
  events: string[];
  /** Servers that had been made before the program began. */
  made: number;
}

/** Of a service of one worker, whose spare has taken its slot: what either says. */
async function answersOf(t: TestContext, env: Record<string, string>) {
  const service = await serviceFor(t, ['--spares', '1', preload, 'rehearsal.cjs'], { workers: 1, env });
  const port = await service.port();
  const worker = JSON.parse((await get(port)).body) as Answer;
  const spare = await waitFor('a spare', async () => {
    return (await service.status()).workers.find(({ state }) => state === 'spare')?.pid ?? undefined;
  });
  process.kill(worker.pid, 'SIGKILL');
  await waitFor('the spare to serve', async () => (await stateOf(service, spare)) === 'ready');
  const answer = JSON.parse((await get(port)).body) as Answer;
  assert.equal(answer.pid, spare);
  return { service, worker, answer };
}

async function stateOf(service: Service, pid: number): Promise<string | undefined> {
  return (await service.status()).workers.find((worker) => worker.pid === pid)?.state;
}

const OWN = ['listening', 'net.server.socket', 'connection', 'http.server.request.start', 'request'];

test('a spare has answered on a server of its own before the program begins, which sees and counts only what is its own', async (t) => {
  const { service, worker, answer } = await answersOf(t, {});
  assert.deepEqual([worker.made > 0, answer.made > 0], [false, true]);
  assert.deepEqual(worker.events.toSorted(), OWN.toSorted());
  assert.deepEqual(answer.events.toSorted(), OWN.toSorted());
  const { workers } = await service.status();
  const { requests, accepted } = workers.find(({ pid }) => pid === answer.pid) ?? {};
  assert.deepEqual([requests, accepted], [1, 1]);
});

test('where something preloaded hears of connections a spare makes none of its own', async (t) => {
  const { answer } = await answersOf(t, { SUBSCRIBE: '1' });
  assert.equal(answer.made, 0);
  assert.deepEqual(answer.events.toSorted(), [...OWN, 'heard'].toSorted());
});

test('a spare that could not rehearse says so, and serves', async (t) => {
  const { service, answer } = await answersOf(t, { BREAK: '1' });
  assert.ok(answer.made > 0);
  assert.match((await service.waitForEvent('worker-warning')).msg, /a spare could not rehearse: no server today/);
});
