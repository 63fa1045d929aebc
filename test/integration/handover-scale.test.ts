import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { endClientsAfter, KeepAliveClient } from '../helpers/keep-alive.js';
import type { Service } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { steeringDenied } from '../helpers/steering.js';
import { serviceFor } from './listen-support.js';

interface Scene {
  service: Service;
  clients: KeepAliveClient[];
  /** Of slots 0 and 1. */
  pids: number[];
  /** Clients of slot 1. */
  moving: KeepAliveClient[];
}

/** Two workers, each with some of these clients. */
async function twoWorkers(t: TestContext, args: string[], env: NodeJS.ProcessEnv, count = 40): Promise<Scene> {
  endClientsAfter(t);
  const service = await serviceFor(t, ['handover-echo.cjs', ...args], { env });
  const clients = await KeepAliveClient.openUsed(await service.port(), count);
  const pids = await service.workerPids();
  const moving: KeepAliveClient[] = [];
  for (const client of clients) if ((await client.worker()) === pids[1]) moving.push(client);
  assert.ok(moving.length > 0 && moving.length < count, `${moving.length} of ${count}`);
  return { service, clients, pids, moving };
}

const ends = (clients: readonly KeepAliveClient[]) => [...new Set(clients.map(({ ended }) => ended))];

test('at a scale-down the clients of the worker that goes are served on by the others', async (t) => {
  const { service, clients, pids, moving } = await twoWorkers(t, [], {});
  assert.equal((await service.command('scale', '1')).code, 0);
  assert.deepEqual(ends(clients), [null]);
  for (const client of clients) assert.equal(await client.worker(), pids[0]);
  await waitFor('the count', async () => (await service.status()).counters.handedOver === moving.length);
});

test('siblings that are full take as many as they may, and the rest is served until it ends', async (t) => {
  const env = { MAX_CONNECTIONS: '30', KEEP_ALIVE_MS: '20000' };
  const { service, clients, pids, moving } = await twoWorkers(t, [], env);
  const places = 30 - (clients.length - moving.length);
  assert.ok(places < moving.length, `${places} places for ${moving.length}`);
  const scaling = service.command('scale', '1');
  await waitFor('the full one', async () => (await service.status()).workers[0]?.openConnections === 30);
  const workers: (string | undefined)[] = [];
  for (const client of moving) workers.push((await client.ask()).headers.get('x-worker'));
  assert.deepEqual(ends(moving.filter((_, index) => workers[index] === String(pids[0]))), [null]);
  assert.equal(workers.filter((worker) => worker === String(pids[0])).length, places);
  assert.equal(workers.filter((worker) => worker === String(pids[1])).length, moving.length - places);
  assert.equal((await scaling).code, 0);
});

const noPrlimit = spawnSync('prlimit', ['--version']).status === 0 ? false : 'prlimit (util-linux) is not installed';

test(
  'a sibling without descriptors takes what it has room for, and no client is cut',
  { skip: noPrlimit },
  async (t) => {
    const { service, clients, pids, moving } = await twoWorkers(t, [], { KEEP_ALIVE_MS: '20000' });
    const room = 4;
    const [taker = 0] = pids;
    // The line itself takes one.
    leaveDescriptors(taker, 1 + room);
    const scaling = service.command('scale', '1');
    // Who asks before the worker knows of its drain, and is not taken, is told nothing, and waits as long as it may.
    const full = clients.length - moving.length + room;
    await waitFor('the full one', async () => (await service.status()).workers[0]?.openConnections === full);
    const workers: (string | undefined)[] = [];
    for (const client of moving) workers.push((await client.ask()).headers.get('x-worker'));
    assert.equal((await scaling).code, 0);
    assert.equal(workers.filter((worker) => worker === String(taker)).length, room);
    await waitFor('the count', async () => (await service.status()).counters.handedOver === room);
    const served = await Promise.all(clients.filter(({ ended }) => ended === null).map((client) => client.worker()));
    assert.deepEqual([...new Set(served)], [taker]);
  },
);

test(
  'clients that steering keeps with their worker are not handed to another',
  { skip: steeringDenied() },
  async (t) => {
    endClientsAfter(t);
    const service = await serviceFor(t, ['handover-echo.cjs', '--steer', 'sticky']);
    const port = await service.port();
    const [, leaving] = await service.workerPids();
    // The last slot is the one that goes: an address that steering gives to it.
    const client = await waitFor('a client of the last slot', async () => {
      const some = await KeepAliveClient.open(port, `127.0.0.${++lastByte}`);
      return (await some.worker()) === leaving && some;
    });
    const scaling = service.command('scale', '1');
    assert.equal((await client.lastAnswer()).headers.get('x-worker'), String(leaving));
    assert.equal((await scaling).code, 0);
    assert.equal((await service.status()).counters.handedOver, 0);
  },
);

let lastByte = 1;

/** Lowers the limit of a process so that it can open so many descriptors more: numbers below the limit that are free. */
function leaveDescriptors(pid: number, count: number): void {
  const used = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let limit = 0;
  for (let free = 0; free < count; limit += 1) if (!used.has(limit)) free += 1;
  const { status, stderr } = spawnSync('prlimit', [`--nofile=${limit}`, '--pid', String(pid)], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}
