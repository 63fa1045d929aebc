// The state page in programs of one's own: its readers, and loops that publish what they do.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { listen, Listener, StatePage } from '../../src/index.js';
import { get } from '../helpers/http.js';
import { fixtures } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';
import { waitFor } from '../helpers/wait.js';
import { keepsDescriptors } from '../native/support.js';

const loop = join(fixtures, 'library-loop.mjs');

/** A page that needs no privilege. */
function withPage(action: (page: StatePage) => unknown): Promise<void> {
  return keepsDescriptors(async () => {
    const page = StatePage.create({ inKernel: false });
    await action(page);
    page.close();
    page.close();
  });
}

test('a new page is empty, and what is set is read', () =>
  withPage((page) => {
    const { flags, weight, slot, ...counts } = page.readRow(63);
    assert.deepEqual([slot, flags, weight], [63, [], 1]);
    assert.deepEqual(new Set(Object.values(counts)), new Set([0]));
    assert.equal(page.stray, 0);
    page.setWeight(2, 5);
    page.setFlag(2, 'ready', true);
    page.setFlag(2, 'draining', true);
    assert.deepEqual([page.readRow(2).weight, page.readRow(2).flags], [5, ['ready', 'draining']]);
    assert.equal(page.isUsable(2), false);
    page.setFlag(2, 'draining', false);
    assert.equal(page.isUsable(2), true);
  }));

test('what is no slot, no weight or no page is told by name', () =>
  withPage((page) => {
    for (const slot of [-1, 64, 0.5, Number.NaN, '1' as unknown as number]) {
      for (const call of [
        () => page.readRow(slot),
        () => page.setFlag(slot, 'ready', true),
        () => page.publish(slot),
      ]) {
        assert.throws(call, { code: 'ERR_ARGUMENT', message: `slot: expected an integer from 0 to 63, got ${slot}` });
      }
    }
    assert.throws(() => page.setWeight(0, -1), { code: 'ERR_ARGUMENT', message: /^weight: .* got -1$/ });
    const listener = Listener.open({ address: '127.0.0.1', port: 0 });
    assert.throws(() => StatePage.open({ fd: listener.fd, wakeFd: page.wakeFd }), { code: 'ERR_PAGE' });
    assert.throws(() => StatePage.open({ fd: 999_999, wakeFd: page.wakeFd }), { code: 'EBADF' });
    listener.close();
  }));

test('a closed page is refused by name, and its memory can still be read', async () => {
  const page = StatePage.create({ inKernel: false });
  page.setWeight(0, 7);
  page.close();
  for (const call of [() => page.fd, () => page.descriptors, () => page.publish(0)]) {
    assert.throws(call, { code: 'ERR_CLOSED' });
  }
  assert.equal(page.readRow(0).weight, 7);
});

test('a page is in the kernel where that is allowed, and says why where it is not', { skip: steeringDenied() }, () =>
  keepsDescriptors(() => {
    const [first, second, third] = [{}, { inKernel: true }, { inKernel: false }].map((options) => {
      const page = StatePage.create(options);
      page.close();
      return { inKernel: page.inKernel, why: page.why };
    });
    assert.deepEqual(first, { inKernel: true, why: null });
    assert.deepEqual(second, first);
    assert.deepEqual(third, { inKernel: false, why: 'inKernel is false' });
  }),
);

test('a thread publishes one slot, until it stops', () =>
  withPage(async (page) => {
    const publisher = page.publish(4);
    assert.deepEqual([publisher.mode, publisher.why], ['epoll', null]);
    assert.equal(page.publish(4), publisher);
    assert.throws(() => page.publish(5), {
      code: 'ERR_ARGUMENT',
      message: /^slot 5: the loop of this thread is published/,
    });
    const { turns } = page.readRow(4);
    await waitFor('the loop to turn', () => page.readRow(4).turns > turns);
    assert.ok(page.readRow(4).busySinceNs > 0);

    publisher.stop();
    assert.equal(page.readRow(4).busySinceNs, 0);
    assert.notEqual(page.publish(5), publisher);
  }));

test('listen publishes connections and requests of all servers of the slot, and forgets those that close', () =>
  withPage(async (page) => {
    const first = http.createServer((_, response) => response.end('first'));
    const second = net.createServer();
    for (const server of [first, second]) await listen(server, { address: '127.0.0.1', port: 0, page, slot: 1 });
    const [web = 0, plain = 0] = [first, second].map((server) => (server.address() as net.AddressInfo).port);
    const isPublished = (open: number, ever: number) => () => {
      const { openConnections, connections, requests } = page.readRow(1);
      return openConnections === open && connections === ever && requests === 3;
    };
    const state = () => page.readRow(1);

    const agent = new http.Agent({ keepAlive: true });
    for (let count = 0; count < 3; count += 1) await get(web, '/', { agent });
    const sockets = [net.connect(plain, '127.0.0.1'), net.connect(plain, '127.0.0.1')];
    await waitFor('a kept-alive connection and two others', isPublished(3, 3), { state });

    second.close();
    for (const socket of sockets) socket.destroy();
    await once(second, 'close');
    await waitFor('the connection that is left', isPublished(1, 3), { state });
    await listen(second, { address: '127.0.0.1', port: 0, page, slot: 1 });
    const again = net.connect((second.address() as net.AddressInfo).port, '127.0.0.1');
    await waitFor('a server that listens again', isPublished(2, 4), { state });

    again.destroy();
    agent.destroy();
    for (const server of [first, second]) server.close();
    await waitFor('no connection', isPublished(0, 4), { state });
  }));

test('a row that cannot be published opens no listener', () =>
  withPage(async (page) => {
    page.publish(1);
    const server = http.createServer();
    const refused = { code: 'ERR_ARGUMENT' };
    await assert.rejects(listen(server, { address: '127.0.0.1', port: 0, page, slot: 2 }), refused);
    await assert.rejects(listen(server, { address: '127.0.0.1', port: 0, page }), refused);
    assert.equal(server.listening, false);
  }));

const ways = ['thread', 'process'] as const;
for (const way of ways) {
  test(`a ${way} serves on a listener that it is given, and its long turn is seen from here`, () =>
    withPage(async (page) => {
      const listener = Listener.open({ address: '127.0.0.1', port: 0 });
      const { port } = listener.info();
      const { said, end } = way === 'thread' ? startThread(6, page, listener) : startProcess(6, page, listener);
      try {
        assert.deepEqual(await said, { mode: 'epoll', why: null });
        const blocked = get(port, '/?ms=300');
        const state = () => page.readRow(6);
        await waitFor('the turn to be seen', () => busyMs(page, 6) > 20, { state });
        assert.equal((await blocked).body, '6');
        assert.equal(page.readRow(6).requests, 1);
        await waitFor('its length, when it has ended', () => page.readRow(6).longestTurnNs > 100e6, { state });
      } finally {
        await end();
      }
      listener.close();
    }));
}

function startThread(slot: number, page: StatePage, listener: Listener) {
  const thread = new Worker(loop, { workerData: { slot, page: page.descriptors, fd: listener.dup() } });
  return { said: new Promise((resolve) => thread.once('message', resolve)), end: () => thread.terminate() };
}

function startProcess(slot: number, page: StatePage, listener: Listener) {
  const stdio = ['ignore', 'inherit', 'inherit', page.fd, page.wakeFd, listener.fd, 'ipc'] as const;
  const child = spawn(process.execPath, [loop, String(slot)], { stdio: [...stdio] });
  const exited = once(child, 'exit');
  const end = () => {
    child.kill('SIGKILL');
    return exited;
  };
  return { said: new Promise((resolve) => child.once('message', resolve)), end };
}

function busyMs(page: StatePage, slot: number): number {
  const since = page.read(slot, 'busySinceNs');
  return since === 0 ? 0 : (Number(process.hrtime.bigint()) - since) / 1e6;
}
