// What apps of uWebSockets.js speak beside plain HTTP: TLS, WebSockets, topics.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import { test, type TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import { withoutUws } from '../helpers/uws.js';
import { WebSocketClient } from '../helpers/web-socket.js';
import { answeredBy, serviceFor } from './listen-support.js';
import { makeCertificate } from './worker-certificate.js';

const skip = withoutUws();

function certificateFor(t: TestContext) {
  const { ca, certFile, keyFile, remove } = makeCertificate();
  t.after(remove);
  return { ca, env: { CERT_FILE: certFile, KEY_FILE: keyFile } };
}

test('an SSLApp answers from both workers', { skip }, async (t) => {
  const { ca, env } = certificateFor(t);
  const service = await serviceFor(t, ['uws-http.cjs'], { env });
  const port = await service.port();
  await answeredBy(2, async () => {
    const request = https.get({ host: '127.0.0.1', servername: 'localhost', port, ca, agent: false });
    const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
    return text(response);
  });
});

for (const secure of [false, true]) {
  test(`a topic reaches all WebSockets of its worker${secure ? ', over TLS' : ''}`, { skip }, async (t) => {
    const { ca, env } = certificateFor(t);
    const service = await serviceFor(t, ['uws-http.cjs'], secure ? { env } : {});
    const port = await service.port();
    const connect = async () => {
      const client = await WebSocketClient.open(t, port, secure ? ca : undefined);
      return { client, pid: await client.ask('who') };
    };
    // So many that all are in one worker once in 2^23 runs.
    const clients = await Promise.all(Array.from({ length: 24 }, connect));
    const [publisher] = clients;
    assert.ok(publisher !== undefined);
    const of = (mine: boolean) =>
      clients.filter(({ pid }) => (pid === publisher.pid) === mine).map(({ client }) => client);
    assert.ok(of(false).length > 0, 'both workers have some');
    publisher.client.send('all of you');
    for (const client of of(true)) assert.equal(await client.next(), 'all of you');
    for (const client of of(false)) assert.equal(await client.ask('echo'), 'echo');
    const { workers } = await service.status();
    assert.deepEqual(
      workers.map(({ pid, openConnections }) => [String(pid), openConnections]),
      workers.map(({ pid }) => [String(pid), clients.filter((one) => one.pid === String(pid)).length]),
    );
    for (const { client } of clients) client.destroy();
  });
}
