// --max-connections: what comes to a full worker is answered 503, or closed, before the program sees it.
import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';
import { endClientsAfter, KeepAliveClient } from '../helpers/keep-alive.js';
import { metricsPort, scrape } from '../helpers/metrics.js';
import type { Service } from '../helpers/reuseport.js';
import { withoutUws } from '../helpers/uws.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

/** What comes on a new connection until its end, which must not be a reset; `late` is written when all has come. */
function readAll(port: number, late = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.setTimeout(20_000, () => socket.destroy(new Error('no end within 20 s')));
    socket.setEncoding('utf8').on('data', (data: string) => (text += data));
    socket.on('error', reject);
    socket.on('end', () => socket.end(late));
    socket.on('close', () => resolve(text));
  });
}

async function refusedByMetrics(service: Service): Promise<number | undefined> {
  const { values } = await scrape(await metricsPort(service));
  return values.get('reuseport_refused_connections_total{slot="0"}');
}

test('a full worker answers 503 in plain HTTP and closes in other protocols, and the program sees none of it', async (t) => {
  endClientsAfter(t);
  const args = ['--max-connections', '2', '--metrics', '0', 'limited.cjs'];
  const service = await serviceFor(t, args, { workers: 1 });
  const ports = (await service.addresses()).map((address) => Number(address.slice(address.lastIndexOf(':') + 1)));
  const [http = 0, tcp = 0, tls = 0] = ports;
  const clients = await KeepAliveClient.openUsed(http, 2);
  const refused = await readAll(http, 'GET / HTTP/1.1\r\nHost: late\r\n\r\n');
  const [head = '', body = ''] = refused.split('\r\n\r\n');
  assert.deepEqual(head.split('\r\n').slice(0, 3), [
    'HTTP/1.1 503 Service Unavailable',
    'Connection: close',
    'Retry-After: 1',
  ]);
  assert.ok(head.includes(`\r\nContent-Length: ${Buffer.byteLength(body)}`), head);
  assert.deepEqual([await readAll(tcp, 'late'), await readAll(tls, 'late')], ['', '']);
  const { workers } = await service.status();
  assert.deepEqual(
    workers.map(({ openConnections, refused: count }) => [openConnections, count]),
    [[2, 3]],
  );
  assert.match((await service.command('status')).stdout, /ACCEPTED +REFUSED +OPEN/);
  assert.equal(await refusedByMetrics(service), 3);
  assert.equal((await clients[0]?.ask())?.body.toString(), '2');
  clients[1]?.destroy();
  await waitFor('room', async () => (await service.status()).workers[0]?.openConnections === 1);
  const [third] = await KeepAliveClient.openUsed(http, 1);
  assert.equal((await third?.ask())?.body.toString(), '3');
  assert.equal((await service.command('reload')).code, 0);
  assert.equal(await refusedByMetrics(service), 0, 'a successor has refused none yet');
});

test('connections that another worker hands over are taken beyond the limit, new ones are not', async (t) => {
  endClientsAfter(t);
  const service = await serviceFor(t, ['--max-connections', '3', 'handover-echo.cjs']);
  const port = await service.port();
  const clients: KeepAliveClient[] = [];
  await waitFor('two full workers', async () => {
    const client = await KeepAliveClient.open(port);
    const { status } = await client.ask();
    if (status === 200) clients.push(client);
    return clients.length === 6;
  });
  assert.equal((await service.command('scale', '1')).code, 0);
  const workers = new Set<number>();
  for (const client of clients) workers.add(await client.worker());
  assert.deepEqual([...workers], await service.workerPids());
  assert.match(await readAll(port), /^HTTP\/1\.1 503 /);
  assert.equal((await service.status()).workers[0]?.openConnections, 6);
});

test('without a limit no connection is refused', async (t) => {
  endClientsAfter(t);
  const service = await serviceFor(t, ['--metrics', '0', 'limited.cjs'], { workers: 1 });
  await KeepAliveClient.openUsed(await service.port(), 50);
  assert.equal(await refusedByMetrics(service), undefined);
  assert.equal((await service.status()).workers[0]?.refused, 0);
  assert.doesNotMatch((await service.command('status')).stdout, /REFUSED/);
});

test(
  'uWebSockets.js accepts by itself, and a limit does not hold for it, which is said',
  { skip: withoutUws() },
  async (t) => {
    const service = await serviceFor(t, ['--max-connections', '1', 'uws-http.cjs'], { workers: 1 });
    const { msg } = await waitFor('the warning', () => {
      return service.logs.find(({ code }) => code === 'WARN_MAX_CONNECTIONS');
    });
    assert.match(msg, /--max-connections does not hold for this program's servers: uWebSockets\.js accepts by itself/);
  },
);
