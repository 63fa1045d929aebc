import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { addon } from './kernel-support.js';
import { TestPage } from './page-support.js';
import { connectTo, listenOn, until } from './support.js';

// The test plays the kernel: it writes `assigned` as a program would. Its own loop is the one that is probed.
const slot = 0;
const page = new TestPage();
const probe = new addon.LoopProbe({ page: page.buffer, slot, wakeFd: page.wakeFd });

after(() => {
  probe.stop();
  page.close();
});

/** Two turns: one that was under way when the state changed, and a whole one. */
async function turn(): Promise<void> {
  for (let i = 0; i < 2; i += 1) await new Promise(setImmediate);
}

async function connectAll(port: number, fd: number, count: number): Promise<{ destroy(): void }[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => connectTo(port)));
  // Their queue is closed under them.
  for (const client of clients) client.on('error', () => undefined);
  await until(
    () => addon.listenerInfo(fd).queuedConnections === count,
    () => addon.listenerInfo(fd).queuedConnections,
  );
  return clients;
}

test('accepted is assigned less what waits in the queues of all listeners', async () => {
  const [first, second] = [listenOn(), listenOn()];
  probe.setListeners([first.fd, second.fd]);
  const clients = [...(await connectAll(first.port, first.fd, 3)), ...(await connectAll(second.port, second.fd, 2))];
  page.set(slot, 'assigned', 105);
  await turn();
  assert.equal(page.get(slot, 'accepted'), 100);

  for (const fd of addon.acceptAll(first.fd, 2)) addon.close(fd);
  page.set(slot, 'assigned', 106);
  await turn();
  assert.equal(page.get(slot, 'accepted'), 103);

  // The descriptors are the test's: it takes them away before it closes them.
  probe.setListeners([]);
  for (const fd of [first.fd, second.fd]) addon.close(fd);
  await turn();
  assert.equal(page.get(slot, 'accepted'), 106);
  for (const client of clients) client.destroy();
});

test('the queues are read only when the kernel has assigned something since', async () => {
  const { fd, port } = listenOn();
  probe.setListeners([fd]);
  page.set(slot, 'assigned', 10);
  await turn();
  assert.equal(page.get(slot, 'accepted'), 10);
  const clients = await connectAll(port, fd, 1);
  await turn();
  assert.equal(page.get(slot, 'accepted'), 10);
  page.set(slot, 'assigned', 11);
  await turn();
  assert.equal(page.get(slot, 'accepted'), 10);
  probe.setListeners([]);
  addon.close(fd);
  for (const client of clients) client.destroy();
});

test('what waited at the last count is counted again, though the kernel has assigned nothing since', async () => {
  const { fd, port } = listenOn();
  probe.setListeners([fd]);
  page.set(slot, 'assigned', 20);
  const clients = await connectAll(port, fd, 2);
  page.set(slot, 'assigned', 22);
  await turn();
  assert.equal(page.get(slot, 'accepted'), 20);
  // As others do who rescue a queue.
  for (const taken of addon.acceptAll(fd, 2)) addon.close(taken);
  await turn();
  assert.equal(page.get(slot, 'accepted'), 22);
  probe.setListeners([]);
  addon.close(fd);
  for (const client of clients) client.destroy();
});

test('a queue from before the first assignment makes accepted 0, not a huge number', async () => {
  const { fd, port } = listenOn();
  const clients = await connectAll(port, fd, 3);
  page.set(slot, 'assigned', 1);
  probe.setListeners([fd]);
  await turn();
  assert.equal(page.get(slot, 'accepted'), 0);
  probe.setListeners([]);
  addon.close(fd);
  for (const client of clients) client.destroy();
});

test('descriptors that are no listeners count as empty queues', async () => {
  probe.setListeners([0, 999_999, page.fd]);
  page.set(slot, 'assigned', 50);
  await turn();
  assert.equal(page.get(slot, 'accepted'), 50);
  probe.setListeners([]);
});
