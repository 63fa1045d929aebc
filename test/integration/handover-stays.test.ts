/** Connections that are not handed over, and how they end. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import tls from 'node:tls';
import { endClientsAfter, KeepAliveClient } from '../helpers/keep-alive.js';
import { serviceFor } from './listen-support.js';
import { makeCertificate } from './worker-certificate.js';

const cases = [
  { what: 'a listener of the program on it', env: { TOUCH: 'listener' }, headers: '' },
  { what: 'a property of the program', env: { TOUCH: 'property' }, headers: '' },
  { what: 'NTLM authentication', env: {}, headers: 'Authorization: NTLM TlRMTVNTUAAB\r\n' },
  { what: 'Kerberos authentication', env: {}, headers: 'authorization: negotiate YIIG\r\n' },
];

for (const { what, env, headers } of cases) {
  test(`a connection with ${what} stays, and its client is told to close it`, async (t) => {
    endClientsAfter(t);
    const service = await serviceFor(t, ['handover-echo.cjs'], { workers: 1, env });
    const port = await service.port();
    const [stays, goes] = [await KeepAliveClient.open(port), await KeepAliveClient.open(port)];
    await stays.ask('/', headers);
    await goes.ask('/', 'Authorization: Basic YTpi\r\n');
    const [old] = await service.workerPids();
    const reloading = service.command('reload');
    await service.waitForEvent('worker-draining');
    const last = await stays.lastAnswer();
    assert.equal(last.headers.get('x-worker'), String(old));
    await stays.end();
    // The program has touched this one too, or it is like any other.
    const isTied = headers === '';
    const other = isTied ? await goes.lastAnswer() : await goes.ask();
    assert.equal(other.headers.get('x-worker') === String(old), isTied);
    assert.equal((await reloading).code, 0);
  });
}

test('requests that were pipelined before the drain are all answered', async (t) => {
  endClientsAfter(t);
  const service = await serviceFor(t, ['handover-echo.cjs'], { workers: 1, env: { TOUCH: 'property' } });
  const client = await KeepAliveClient.open(await service.port());
  for (const id of ['a', 'b', 'c']) client.send(`/${id}?last`);
  const reloading = service.command('reload');
  for (const id of ['a', 'b', 'c']) assert.equal((await client.answer()).headers.get('x-id'), id);
  for (const id of ['d', 'e', 'f']) client.send(`/${id}?wait=100`);
  for (const id of ['d', 'e', 'f']) assert.equal((await client.answer()).headers.get('x-id'), id);
  await client.end();
  assert.equal((await reloading).code, 0);
});

test('a Node without the private parts that are needed is named once, and clients are told to close', async (t) => {
  endClientsAfter(t);
  const env = { HIDE: 'http.server.connections' };
  const service = await serviceFor(t, ['handover-echo.cjs', '--surge', '2'], { env });
  const warning = await service.waitForEvent('worker-warning');
  assert.equal(warning.code, 'WARN_NO_HANDOVER');
  assert.match(warning.msg, /^Node v\d+\.\d+\.\d+ lacks http\.server\.connections: /);
  const clients = await KeepAliveClient.openUsed(await service.port(), 8);
  const reloading = service.command('reload');
  await service.waitForEvent('worker-draining', 2);
  for (const client of clients) {
    await client.lastAnswer();
    await client.end();
  }
  assert.equal((await reloading).code, 0);
  assert.equal((await service.status()).counters.handedOver, 0);
  assert.equal(service.logs.filter(({ event }) => event === 'worker-warning').length, 1);
});

test('idle TLS connections keep their keep-alive time, and end with close_notify', async (t) => {
  const { ca, certFile, keyFile, remove } = makeCertificate();
  t.after(remove);
  const env = { CERT_FILE: certFile, KEY_FILE: keyFile, KEEP_ALIVE_MS: '700' };
  const service = await serviceFor(t, ['drain-https.cjs'], { workers: 1, env });
  const port = await service.port();
  const connect = async () => {
    const socket = tls.connect({ port, host: '127.0.0.1', servername: 'localhost', ca });
    t.after(() => socket.destroy());
    const failures: Error[] = [];
    socket.on('error', (error) => failures.push(error));
    await once(socket, 'secureConnect');
    return { socket, failures, ended: once(socket.resume(), 'end') };
  };
  const used = await connect();
  used.socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
  await once(used.socket, 'data');
  // As browsers open them, for what may come.
  const unused = await connect();
  const { code, stderr } = await service.command('reload');
  assert.equal(code, 0, stderr);
  await Promise.all([used.ended, unused.ended]);
  assert.deepEqual([...used.failures, ...unused.failures], []);
  assert.equal((await service.status()).counters.handedOver, 0);
});
