// Idle HTTPS connections in a drain end by close_notify, by whose clock ever: seen from the records on the wire.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import tls from 'node:tls';
import { assertStreamOutlivesReload } from './http2-support.js';
import { serviceFor } from './listen-support.js';
import { makeCertificate } from './worker-certificate.js';

/** Content type of RFC 5246. */
const ALERT = 21;

/** Passes everything on to `port`, and notes the types of the TLS records that come from there. */
async function wireTap(t: TestContext, port: number): Promise<{ port: number; types: number[] }> {
  const types: number[] = [];
  const server = net.createServer((client) => {
    const upstream = net.connect(port, '127.0.0.1');
    client.pipe(upstream);
    upstream.pipe(client);
    let pending = Buffer.alloc(0);
    upstream.on('data', (data: Buffer) => {
      pending = Buffer.concat([pending, data]);
      while (pending.length >= 5 && pending.length >= 5 + pending.readUInt16BE(3)) {
        types.push(pending.readUInt8(0));
        pending = pending.subarray(5 + pending.readUInt16BE(3));
      }
    });
    client.on('error', (error) => assert.fail(error));
    // Once it has ended it is gone: what the client answers to the end (its own alert) reaches nobody.
    upstream.on('error', (error) => upstream.readableEnded || assert.fail(error));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  return { port: (server.address() as net.AddressInfo).port, types };
}

for (const [what, env] of [
  ['a used connection, by Node’s own time-out,', { BY_NODE: '1' }],
  ['one that was never used, by our watch,', {}],
] as const) {
  test(`${what} ends with close_notify when its keep-alive time is over`, async (t) => {
    const { ca, certFile, keyFile, remove } = makeCertificate();
    t.after(remove);
    const service = await serviceFor(t, ['drain-tls.cjs'], {
      workers: 1,
      env: { ...env, CERT_FILE: certFile, KEY_FILE: keyFile },
    });
    const tap = await wireTap(t, await service.port());
    const socket = tls.connect({ port: tap.port, host: '127.0.0.1', servername: 'localhost', ca });
    t.after(() => socket.destroy());
    await once(socket, 'secureConnect');
    if ('BY_NODE' in env) {
      socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
      await once(socket, 'data');
    }
    const ended = once(socket.resume(), 'end');
    const reload = service.command('reload');
    await ended;
    assert.equal(tap.types.at(-1), ALERT);
    assert.equal((await reload).code, 0);
    assert.equal(service.logs.filter(({ event }) => event === 'connections-ended').length, 0);
  });
}

test('HTTP/2 over TLS: GOAWAY, and the stream under way finishes', async (t) => {
  const { ca, certFile, keyFile, remove } = makeCertificate();
  t.after(remove);
  const env = { CERT_FILE: certFile, KEY_FILE: keyFile };
  await assertStreamOutlivesReload(t, 'https', { env, ca, servername: 'localhost' });
});
