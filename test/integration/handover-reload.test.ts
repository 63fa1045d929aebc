import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { endClientsAfter, KeepAliveClient } from '../helpers/keep-alive.js';
import type { Service } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { printedLines, serviceFor } from './listen-support.js';

const PROGRAM = 'handover-echo.cjs';

function start(t: TestContext, env: NodeJS.ProcessEnv = {}, workers = 1): Promise<Service> {
  endClientsAfter(t);
  return serviceFor(t, [PROGRAM], { workers, env });
}

async function reload(service: Service): Promise<void> {
  const { code, stderr } = await service.command('reload');
  assert.equal(code, 0, stderr);
}

const assertStands = (clients: readonly KeepAliveClient[]) => {
  assert.deepEqual([...new Set(clients.map(({ ended }) => ended))], [null]);
};

/** The receiver says what it got when the line ends. */
const handedOver = (service: Service, count: number) =>
  waitFor(`${count} connections handed over`, async () => (await service.status()).counters.handedOver === count);

test('at a reload idle clients go on with the new workers on the connections that they have', async (t) => {
  const service = await start(t, {}, 2);
  const clients = await KeepAliveClient.openUsed(await service.port(), 200);
  const old = await service.workerPids();
  await reload(service);
  assertStands(clients);
  const answers = await Promise.all(clients.map((client) => client.ask()));
  const young = await service.workerPids();
  assert.equal(
    old.some((pid) => young.includes(pid)),
    false,
  );
  assert.deepEqual(
    answers.filter(({ headers }) => !young.includes(Number(headers.get('x-worker')))),
    [],
  );
  assert.deepEqual([...new Set(answers.map(({ headers }) => headers.get('connection')))], ['keep-alive']);
  assertStands(clients);
  await handedOver(service, 200);
});

for (const by of ['onDrain', 'signal']) {
  test(`a program that closes its server when it drains, by ${by}, cuts none of its idle connections`, async (t) => {
    const service = await start(t, { CLOSE: by });
    const port = await service.port();
    const clients = await KeepAliveClient.openUsed(port, 20);
    const unused = await KeepAliveClient.open(port);
    await reload(service);
    assertStands([...clients, unused]);
    const [pid] = await service.workerPids();
    for (const client of [...clients, unused]) assert.equal(await client.worker(), pid);
    await handedOver(service, 21);
  });
}

test('connections that nobody uses in between are handed on by one reload after the other', async (t) => {
  const service = await start(t);
  const port = await service.port();
  const clients = await KeepAliveClient.openUsed(port, 20);
  const unused = await KeepAliveClient.open(port);
  for (let round = 0; round < 3; round += 1) await reload(service);
  assertStands([...clients, unused]);
  const [pid] = await service.workerPids();
  for (const client of [...clients, unused]) assert.equal(await client.worker(), pid);
  await handedOver(service, 3 * 21);
});

test('what the client sent of a request at the reload is answered, and then its connection is handed over', async (t) => {
  const service = await start(t);
  const client = await KeepAliveClient.open(await service.port());
  const [old = 0] = await service.workerPids();
  client.write('POST /split HTTP/1.1\r\nHost: test\r\nContent-Le');
  const reloading = service.command('reload');
  await service.waitForEvent('worker-draining');
  client.write('ngth: 4\r\n\r\nbo');
  client.write('dy');
  const { headers } = await client.answer();
  assert.deepEqual(
    [headers.get('x-id'), headers.get('x-worker'), headers.get('connection')],
    ['split', String(old), 'keep-alive'],
  );
  assert.equal((await reloading).code, 0);
  assert.notEqual(await client.worker(), old);
});

test('a response under way is finished where it began, and the next request is answered by the successor', async (t) => {
  const service = await start(t);
  const client = await KeepAliveClient.open(await service.port());
  const old = await client.worker();
  client.send('/slow?last');
  const reloading = service.command('reload');
  const { headers } = await client.answer();
  assert.deepEqual([headers.get('x-worker'), headers.get('connection')], [String(old), 'keep-alive']);
  assert.equal((await reloading).code, 0);
  assert.notEqual(await client.worker(), old);
});

test('the new worker sees an ordinary connection: event, address and count', async (t) => {
  const service = await start(t, { SAY: '1' });
  const client = await KeepAliveClient.open(await service.port());
  await client.ask();
  await reload(service);
  const [pid] = await service.workerPids();
  const lines = await printedLines(service, 2);
  assert.deepEqual(lines[1], { pid, remoteAddress: '127.0.0.1', remotePort: client.localPort, open: 1 });
  const { workers } = await service.status();
  assert.deepEqual([workers[0]?.openConnections, workers[0]?.accepted], [1, 0], 'it did not accept it');
});

test('a handed over connection is not taken for one whose first request is overdue', async (t) => {
  const service = await start(t, { HEADERS_TIMEOUT_MS: '300' });
  const port = await service.port();
  const [client] = await KeepAliveClient.openUsed(port, 1);
  assert.ok(client !== undefined);
  await reload(service);
  // Younger, and never used: when this one is overdue the other would be.
  const silent = await KeepAliveClient.open(port);
  assert.equal((await silent.answer()).status, 408);
  // A stray line end begins no request either.
  client.write('\r\n');
  const another = await KeepAliveClient.open(port);
  assert.equal((await another.answer()).status, 408);
  assertStands([client]);
  assert.equal((await client.ask()).status, 200);
  // From here on its requests are timed as any other's.
  client.write('GET / HTTP/1.1\r\n');
  assert.equal((await client.answer()).status, 408);
});

test('the keep-alive time goes on where it was, and the next request ends it', async (t) => {
  const service = await start(t, { KEEP_ALIVE_MS: '4000', TIMEOUT_MS: '400' });
  const port = await service.port();
  const [idle, used] = await KeepAliveClient.openUsed(port, 2);
  assert.ok(idle !== undefined && used !== undefined);
  await reload(service);
  const [fresh] = await KeepAliveClient.openUsed(port, 1);
  assert.ok(fresh !== undefined);
  // Longer than what is left of the keep-alive time, shorter than server.timeout.
  const answer = used.ask('/slow?wait=300');
  assert.equal((await answer).status, 200);
  await idle.end();
  assert.equal(fresh.ended, null, 'the one that was used later ends later');
  await fresh.end();
});

test('maxRequestsPerSocket counts what a connection has served in both workers', async (t) => {
  const service = await start(t, { MAX_REQUESTS: '3' });
  const client = await KeepAliveClient.open(await service.port());
  assert.equal((await client.ask()).headers.get('connection'), 'keep-alive');
  await reload(service);
  assert.equal((await client.ask()).headers.get('connection'), 'keep-alive');
  await reload(service);
  assert.equal((await client.ask()).headers.get('connection'), 'close');
  await client.end();
});
