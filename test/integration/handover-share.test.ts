/** A worker that shares: both sides in this process, or the receiver played by hand. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { HeavyClient } from '../../bench/handover/heavy-client.js';
import { Random } from '../../bench/handover/random.js';
import { loadAddon } from '../../src/native/load.js';
import { countOf, playReceiver, workerWith } from '../helpers/handover-worker.js';
import { KeepAliveClient } from '../helpers/keep-alive.js';
import { waitFor } from '../helpers/wait.js';

const addon = loadAddon();

type Worker = Awaited<ReturnType<typeof workerWith>>;

/** All ask, again and again, until `isOver`; returns the workers that answered last. */
async function askUntil(clients: readonly KeepAliveClient[], isOver: () => boolean): Promise<(string | undefined)[]> {
  for (;;) {
    const last = isOver();
    const answers = await Promise.all(clients.map((client) => client.ask()));
    if (last) return answers.map(({ headers }) => headers.get('x-worker'));
  }
}

/** Lets `giver` share with `taker` under the requests of these clients; returns how many have left, and who serves them. */
async function share(giver: Worker, taker: Worker, clients: readonly KeepAliveClient[], part = 0.5) {
  const [ours, theirs] = addon.socketpair();
  taker.handover.receive(theirs, 0, 'share');
  let left: number | null = null;
  giver.handover.share([{ fd: ours, openConnections: 0, part }], (connections) => (left = connections));
  const workers = await askUntil(clients, () => left !== null);
  return { left: left ?? 0, workers };
}

/** Sharing as often as it takes until somebody has left: on a machine that stands still too few requests may be counted. */
async function shareSome(giver: Worker, taker: Worker, clients: readonly KeepAliveClient[]) {
  for (;;) {
    const shared = await share(giver, taker, clients);
    if (shared.left > 0) return shared;
  }
}

async function two(t: TestContext) {
  return { giver: await workerWith(t, 'giver'), taker: await workerWith(t, 'taker') };
}

test('of those that ask some leave, those that are silent stay, and no connection ends', async (t) => {
  const { giver, taker } = await two(t);
  const silent = await KeepAliveClient.openUsed(giver.port, 3);
  const busy = await KeepAliveClient.openUsed(giver.port, 4);
  const { left, workers } = await shareSome(giver, taker, busy);
  assert.ok(left <= 2, `${left}`);
  assert.equal(workers.filter((worker) => worker === 'taker').length, left);
  for (const client of silent) assert.equal((await client.ask()).headers.get('x-worker'), 'giver');
  assert.deepEqual([...new Set([...silent, ...busy].map(({ ended }) => ended))], [null]);
  await waitFor('the report', () => taker.received.includes(left));
  assert.deepEqual([await countOf(giver.server), await countOf(taker.server)], [7 - left, left]);
});

test('a single busy connection stays', async (t) => {
  const { giver, taker } = await two(t);
  const [client] = await KeepAliveClient.openUsed(giver.port, 1);
  assert.ok(client !== undefined);
  assert.deepEqual(await share(giver, taker, [client]), { left: 0, workers: ['giver'] });
});

test('connections on which the program has put something stay', async (t) => {
  const { giver, taker } = await two(t);
  giver.server.on('connection', (socket) => socket.on('close', () => {}));
  const clients = await KeepAliveClient.openUsed(giver.port, 4);
  const { left, workers } = await share(giver, taker, clients);
  assert.deepEqual([left, [...new Set(workers)]], [0, ['giver']]);
});

test('what a receiver does not answer for is taken back', async (t) => {
  const giver = await workerWith(t, 'giver');
  const clients = await KeepAliveClient.openUsed(giver.port, 4);
  const [ours, theirs] = addon.socketpair();
  const receiver = playReceiver(t, theirs);
  let left: number | null = null;
  giver.handover.share([{ fd: ours, openConnections: 0, part: 0.5 }], (connections) => (left = connections));
  const workers = await askUntil(clients, () => left !== null);
  assert.equal(left, 0);
  assert.deepEqual([...new Set(workers)], ['giver']);
  assert.ok(receiver.messages.every(({ type }) => type !== 'release'));
});

test('clients that pipeline at random get every answer, in order, while they are moved to and fro', async (t) => {
  const { giver, taker } = await two(t);
  const clients = await Promise.all(
    Array.from({ length: 8 }, (_, index) => HeavyClient.open(giver.port, `c${index}`, '', new Random(index + 1))),
  );
  t.after(() => {
    for (const client of clients) client.close();
  });
  for (const client of clients) client.start();
  const failures = () => clients.flatMap((client) => client.failures);
  let moves = 0;
  for (let round = 0; moves < 20 && failures().length === 0; round += 1) {
    const [from, to] = round % 2 === 0 ? [giver, taker] : [taker, giver];
    const [ours, theirs] = addon.socketpair();
    to.handover.receive(theirs, 0, 'share');
    moves += await new Promise<number>((resolve) => {
      from.handover.share([{ fd: ours, openConnections: 0, part: 0.5 }], resolve);
    });
  }
  await Promise.all(clients.map((client) => client.stop()));
  assert.deepEqual(failures(), []);
  assert.equal((await countOf(giver.server)) + (await countOf(taker.server)), clients.length);
});

test('a drain ends it, and takes every connection along', async (t) => {
  const { giver, taker } = await two(t);
  const clients = await KeepAliveClient.openUsed(giver.port, 4);
  const [first, second] = [addon.socketpair(), addon.socketpair()];
  taker.handover.receive(first[1], 0, 'share');
  taker.handover.receive(second[1], 0, 'drain');
  const left: number[] = [];
  giver.handover.share([{ fd: first[0], openConnections: 0, part: 0.5 }], (connections) => left.push(connections));
  const departure = giver.handover.depart([{ fd: second[0], openConnections: 0 }], () => {});
  assert.deepEqual(left, [0]);
  departure?.lookAtAll();
  await waitFor('the handover', async () => (await countOf(taker.server)) === 4);
  for (const client of clients) assert.equal((await client.ask()).headers.get('x-worker'), 'taker');
  departure?.close();
  await waitFor('both lines', () => taker.received.length === 2);
  assert.deepEqual(new Set(taker.received), new Set([0, 4]));
});
