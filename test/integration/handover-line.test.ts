/** The two ends of a line, each against the other end played here: what no pair of real workers does on purpose. */
import assert from 'node:assert/strict';
import type http from 'node:http';
import { type TestContext, test } from 'node:test';
import { TypedChannel } from '../../src/channel/channel.js';
import { decodeToGiver, type ToGiver, type ToReceiver } from '../../src/worker/handover/protocol.js';
import { httpConnections } from '../../src/worker/node-internals.js';
import { loadAddon } from '../../src/native/load.js';
import { countOf, KEEP_ALIVE_MS, KEY, playReceiver, workerWith } from '../helpers/handover-worker.js';
import { KeepAliveClient } from '../helpers/keep-alive.js';
import { waitFor } from '../helpers/wait.js';

const addon = loadAddon();

interface PlayedGiver {
  channel: TypedChannel<ToGiver, ToReceiver>;
  answers: Extract<ToGiver, { type: 'taken' }>[];
  /** Numbers of batches. */
  adopted: number[];
}

/** This side gives, by hand. */
function playGiver(t: TestContext, receive: (fd: number) => void): PlayedGiver {
  const [ours, theirs] = addon.socketpair();
  receive(theirs);
  const answers: PlayedGiver['answers'] = [];
  const adopted: number[] = [];
  const channel: PlayedGiver['channel'] = new TypedChannel(addon, ours, decodeToGiver, {
    onMessage: (message) => {
      if (message.type === 'taken') answers.push(message);
      else adopted.push(message.id);
    },
    onBadMessage: (error) => assert.fail(error),
    onClose: () => {},
  });
  t.after(() => channel.close());
  return { channel, answers, adopted };
}

const given = { used: true, restMs: KEEP_ALIVE_MS, requests: 0 };

async function giveTo(t: TestContext, count: number, { idleMs = 0, adopts = true } = {}) {
  const worker = await workerWith(t, 'giver');
  const clients = await KeepAliveClient.openUsed(worker.port, count);
  const usedAtMs = performance.now();
  const idleTimesMs = httpConnections(worker.server).map(({ timeout }) => timeout ?? 0);
  await waitFor('idle time', () => performance.now() - usedAtMs >= idleMs);
  const [ours, theirs] = addon.socketpair();
  const receiver = playReceiver(t, theirs, adopts);
  let overs = 0;
  const departure = worker.handover.depart([{ fd: ours, openConnections: 0 }], () => (overs += 1));
  assert.ok(departure !== null);
  t.after(() => departure.close());
  departure.lookAtAll();
  const batches = Math.ceil(count / 16);
  await waitFor('all to be given', () => receiver.messages.length === batches);
  return { ...worker, clients, receiver, departure, idleTimesMs, overs: () => overs };
}

test('a receiver that dies before it has answered costs nothing: the giver reads on', async (t) => {
  const { clients, receiver, server, overs } = await giveTo(t, 20);
  assert.equal(receiver.fds.length, 20);
  for (const client of clients) client.send();
  receiver.channel.close();
  for (const client of clients) assert.equal((await client.answer()).headers.get('x-worker'), 'giver');
  assert.equal(await countOf(server), 20);
  assert.equal(overs(), 1);
});

/** Two batches, of 16 and 4, that are released to the receiver and not adopted. */
async function releaseTo(t: TestContext) {
  const given = await giveTo(t, 20, { adopts: false });
  const { channel, messages } = given.receiver;
  for (const message of messages) {
    assert.ok(message.type === 'give');
    channel.send({ type: 'taken', id: message.id, count: message.connections.length });
  }
  await waitFor('the releases', () => messages.filter(({ type }) => type === 'release').length === 2);
  return given;
}

test('a receiver that dies before it has adopted what was released to it costs nothing: the giver reads on', async (t) => {
  const { clients, receiver, server, overs } = await releaseTo(t);
  // Out of reach of whatever the giver does to connections of its own.
  assert.equal(await countOf(server), 0);
  server.closeAllConnections();
  for (const client of clients) client.send();
  receiver.channel.close();
  for (const client of clients) assert.equal((await client.answer()).headers.get('x-worker'), 'giver');
  assert.equal(await countOf(server), 20);
  assert.equal(overs(), 1);
});

test('so it is when the giver gives no more', async (t) => {
  const { clients, receiver, departure, handover } = await releaseTo(t);
  departure.close();
  assert.equal(handover.leaving, true);
  receiver.channel.close();
  for (const client of clients) assert.equal((await client.ask()).headers.get('x-worker'), 'giver');
  assert.equal(handover.leaving, false);
});

test('what a receiver has adopted before it dies is never read by the giver again', async (t) => {
  const { clients, receiver, server, overs } = await releaseTo(t);
  const [first] = receiver.messages;
  receiver.channel.send({ type: 'adopted', id: first?.id ?? 0 });
  receiver.channel.close();
  await waitFor('the end of the line', () => overs() === 1);
  assert.equal(await countOf(server), 4);
  for (const client of clients) client.send();
  const answered = await waitFor('four answers', () => {
    const left = clients.filter(({ answers }) => answers.length > 0);
    return left.length === 4 && left;
  });
  for (const client of answered) assert.equal((await client.answer()).headers.get('x-worker'), 'giver');
});

test('a receiver that lives, but does not adopt, has them in the end: the giver cannot know what it will read', async (t) => {
  const { server, receiver, handover, overs } = await releaseTo(t);
  await waitFor('the giver to let go', () => !handover.leaving);
  receiver.channel.close();
  await waitFor('the end of the line', () => overs() === 1);
  assert.equal(await countOf(server), 0);
});

test('what is with a receiver is not given a second time', async (t) => {
  const { clients, departure, receiver } = await giveTo(t, 3);
  for (let turn = 0; turn < 5; turn += 1) {
    departure.lookAtAll();
    await new Promise(setImmediate);
  }
  // Nothing can be seen of what does not happen: a message of ours that must come after it.
  const [give] = receiver.messages;
  assert.ok(give?.type === 'give');
  receiver.channel.send({ type: 'taken', id: give.id, count: 0 });
  for (const client of clients) assert.equal((await client.ask()).headers.get('x-worker'), 'giver');
  assert.equal(receiver.messages.filter(({ type }) => type === 'give').length, 1);
});

test('a receiver that answers nothing loses them again, and is given up in the end', async (t) => {
  const { clients, overs } = await giveTo(t, 3);
  for (const client of clients) client.send();
  for (const client of clients) assert.equal((await client.answer()).headers.get('x-worker'), 'giver');
  await waitFor('the end of the line', () => overs() === 1);
});

test('a receiver that answers late has them revoked, and is given them again', async (t) => {
  const { clients, receiver, server, departure, overs } = await giveTo(t, 3);
  const [first] = receiver.messages;
  assert.ok(first?.type === 'give');
  await waitFor('the revocation', () => receiver.messages.length === 2);
  assert.deepEqual(receiver.messages[1], { type: 'revoke', id: first.id });
  for (const client of clients) assert.equal((await client.ask()).headers.get('x-worker'), 'giver');
  const leaving = httpConnections(server).map((socket) => departure.willLeave(server, socket));
  assert.deepEqual(leaving, [true, true, true]);
  // Void by now; but it says that the receiver is back.
  receiver.channel.send({ type: 'taken', id: first.id, count: 3 });
  const answered = new Set([first.id]);
  await waitFor('the giver to let go', async () => {
    for (const { type, id } of receiver.messages) {
      if (type !== 'give' || answered.has(id)) continue;
      receiver.channel.send({ type: 'taken', id, count: 3 });
      answered.add(id);
    }
    return (await countOf(server)) === 0;
  });
  const released = receiver.messages.filter(({ type }) => type === 'release').map(({ id }) => id);
  assert.ok(released.length > 0 && !released.includes(first.id), String(released));
  assert.equal(overs(), 0);
});

test('what the receiver has no room for stays with the giver, the rest is released once', async (t) => {
  const { clients, receiver, server, overs } = await giveTo(t, 5, { adopts: false });
  const [give] = receiver.messages;
  assert.ok(give?.type === 'give');
  receiver.channel.send({ type: 'taken', id: give.id, count: 2 });
  // A second answer to the same batch means nothing.
  receiver.channel.send({ type: 'taken', id: give.id, count: 5 });
  await waitFor('the release', () => receiver.messages.length === 2);
  assert.deepEqual(receiver.messages[1], { type: 'release', id: give.id });
  assert.equal(overs(), 0, 'two are not adopted');
  receiver.channel.send({ type: 'adopted', id: give.id });
  await waitFor('the giver to let go', async () => (await countOf(server)) === 3);
  for (const client of clients) client.send();
  const left = await waitFor('three answers', () => {
    const answered = clients.filter(({ answers }) => answers.length > 0);
    return answered.length === 3 && answered;
  });
  for (const client of left) assert.equal((await client.answer()).headers.get('x-worker'), 'giver');
  await waitFor('the end', () => overs() === 1);
  assert.deepEqual([...new Set(clients.map(({ ended }) => ended))], [null]);
});

test('a connection is given with what is left of its keep-alive time', async (t) => {
  const { receiver, idleTimesMs } = await giveTo(t, 1, { idleMs: 50 });
  const [give] = receiver.messages;
  assert.ok(give?.type === 'give');
  const { restMs, used } = give.connections[0] ?? given;
  // The loop's clock has whole milliseconds.
  assert.ok(restMs !== null && restMs > 0 && restMs <= (idleTimesMs[0] ?? 0) - 48, `${restMs}`);
  assert.equal(used, true);
});

test('a taken connection ends when what was left of its keep-alive time is over, and no earlier than others', async (t) => {
  const giver = await workerWith(t, 'giver');
  const taker = await workerWith(t, 'taker');
  const [first] = await KeepAliveClient.openUsed(giver.port, 1);
  const firstFd = onlyConnection(giver.server);
  const { channel, answers } = playGiver(t, (line) => taker.handover.receive(line, 1, 'drain'));
  channel.send({ type: 'give', id: 1, key: KEY, connections: [{ ...given, restMs: 1 }] }, [firstFd]);
  await waitFor('the answer', () => answers.length === 1);
  channel.send({ type: 'release', id: 1 });
  giver.server.closeAllConnections();
  const [second] = await KeepAliveClient.openUsed(giver.port, 1);
  const secondFd = onlyConnection(giver.server);
  channel.send({ type: 'give', id: 2, key: KEY, connections: [{ ...given, restMs: null }] }, [secondFd]);
  await waitFor('the answer', () => answers.length === 2);
  channel.send({ type: 'release', id: 2 });
  giver.server.closeAllConnections();
  await first?.end();
  assert.equal((await second?.ask())?.headers.get('x-worker'), 'taker');
});

test('a taken connection is not read before its release, and afterwards by the taker alone', async (t) => {
  const giver = await workerWith(t, 'giver');
  const taker = await workerWith(t, 'taker');
  const [client] = await KeepAliveClient.openUsed(giver.port, 1);
  assert.ok(client !== undefined);
  const [ours, theirs] = addon.socketpair();
  taker.handover.receive(theirs, 1, 'drain');
  const departure = giver.handover.depart([{ fd: ours, openConnections: 0 }], () => {});
  departure?.lookAtAll();
  await waitFor('the handover', async () => (await countOf(taker.server)) === 1);
  assert.equal(await countOf(giver.server), 0);
  assert.equal((await client.ask()).headers.get('x-worker'), 'taker');
  departure?.close();
  await waitFor('the report', () => taker.received.length === 1);
  assert.deepEqual(taker.received, [1]);
});

/** A client of the giver's, whose connection is given to the taker by hand. */
async function givenByHand(t: TestContext) {
  const giver = await workerWith(t, 'giver');
  const taker = await workerWith(t, 'taker');
  const [client] = await KeepAliveClient.openUsed(giver.port, 1);
  assert.ok(client !== undefined);
  const fd = onlyConnection(giver.server);
  const played = playGiver(t, (line) => taker.handover.receive(line, 1, 'drain'));
  return { giver, taker, client, fd, ...played };
}

test('what is released is adopted, and that is told', async (t) => {
  const { giver, taker, client, fd, channel, answers, adopted } = await givenByHand(t);
  channel.send({ type: 'give', id: 1, key: KEY, connections: [given] }, [fd]);
  await waitFor('the answer', () => answers.length === 1);
  assert.deepEqual(adopted, []);
  channel.send({ type: 'release', id: 1 });
  await waitFor('the adoption', () => adopted.length === 1);
  assert.deepEqual([adopted, await countOf(taker.server)], [[1], 1]);
  giver.server.closeAllConnections();
  assert.equal((await client.ask()).headers.get('x-worker'), 'taker');
});

test('nothing is adopted from a line that the receiver has ended: its giver goes on', async (t) => {
  const { taker, client, fd, channel, answers, adopted } = await givenByHand(t);
  channel.send({ type: 'give', id: 1, key: KEY, connections: [given] }, [fd]);
  await waitFor('the answer', () => answers.length === 1);
  channel.send({ type: 'release', id: 1 });
  channel.send({ type: 'nonsense' } as unknown as ToReceiver);
  await waitFor('the end of the line', () => taker.received.length === 1);
  const count = await countOf(taker.server);
  assert.deepEqual(taker.received, [count]);
  await waitFor('what it has adopted to be told', () => adopted.length === count);
  if (count === 0) assert.equal((await client.ask()).headers.get('x-worker'), 'giver');
});

test('what was taken and is revoked is closed, and the line goes on', async (t) => {
  const { giver, taker, client, fd, channel, answers } = await givenByHand(t);
  channel.send({ type: 'give', id: 1, key: KEY, connections: [given] }, [fd]);
  channel.send({ type: 'revoke', id: 1 });
  // A release that comes after it means nothing.
  channel.send({ type: 'release', id: 1 });
  await waitFor('the revocation', () => answers.length === 1 && taker.handover.arriving === 0);
  assert.equal((await client.ask()).headers.get('x-worker'), 'giver');
  channel.send({ type: 'give', id: 2, key: KEY, connections: [given] }, [fd]);
  await waitFor('the answer', () => answers.length === 2);
  channel.send({ type: 'release', id: 2 });
  giver.server.closeAllConnections();
  await waitFor('the handover', async () => (await countOf(taker.server)) === 1);
  assert.equal((await client.ask()).headers.get('x-worker'), 'taker');
});

test('what was taken and never released is closed at the end of the line, and the client notices nothing', async (t) => {
  const { taker, client, fd, channel, answers } = await givenByHand(t);
  channel.send({ type: 'give', id: 1, key: KEY, connections: [given] }, [fd]);
  await waitFor('the answer', () => answers.length === 1);
  assert.deepEqual(answers, [{ type: 'taken', id: 1, count: 1 }]);
  assert.equal(taker.handover.arriving, 1);
  channel.close();
  await waitFor('the end', () => taker.received.length === 1);
  assert.deepEqual([taker.received, taker.handover.arriving, await countOf(taker.server)], [[0], 0, 0]);
  assert.equal((await client.ask()).headers.get('x-worker'), 'giver');
});

test('a server takes no more than maxConnections, counting those on their way', async (t) => {
  const giver = await workerWith(t, 'giver');
  const taker = await workerWith(t, 'taker');
  taker.server.maxConnections = 5;
  await KeepAliveClient.openUsed(taker.port, 2);
  await KeepAliveClient.openUsed(giver.port, 1);
  const fd = onlyConnection(giver.server);
  const { channel, answers } = playGiver(t, (line) => taker.handover.receive(line, 1, 'drain'));
  const two = { type: 'give', key: KEY, connections: [given, given] } as const;
  channel.send({ ...two, id: 1 }, [fd, fd]);
  channel.send({ ...two, id: 2 }, [fd, fd]);
  await waitFor('the answers', () => answers.length === 2);
  assert.deepEqual(
    answers.map(({ count }) => count),
    [2, 1],
  );
  // Meanwhile others have come: the place was promised.
  await KeepAliveClient.openUsed(taker.port, 2);
  channel.send({ type: 'release', id: 1 });
  await waitFor('the adoption', async () => (await countOf(taker.server)) === 6);
  assert.equal(taker.server.maxConnections, 5);
});

test('connections for an address that is not served are refused, and so is nonsense', async (t) => {
  const taker = await workerWith(t, 'taker');
  const { channel, answers } = playGiver(t, (line) => taker.handover.receive(line, 1, 'drain'));
  channel.send({ type: 'give', id: 7, key: 'tcp:*:1', connections: [given] }, [0]);
  // More were announced than came: the receiver had no descriptor left.
  channel.send({ type: 'give', id: 8, key: KEY, connections: [given, given] }, []);
  channel.send({ type: 'release', id: 9 });
  await waitFor('the answers', () => answers.length === 2);
  assert.deepEqual(answers, [
    { type: 'taken', id: 7, count: 0 },
    { type: 'taken', id: 8, count: 0 },
  ]);
});

/** Descriptor of the one connection that a server has. */
function onlyConnection(server: http.Server): number {
  const [socket, ...others] = httpConnections(server);
  assert.equal(others.length, 0);
  return socket?._handle?.fd ?? -1;
}
