import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { get } from '../helpers/http.js';
import { type Service, startService } from '../helpers/reuseport.js';
import { answeredBy, printedLines } from './listen-support.js';
import { makeCertificate } from './worker-certificate.js';

const certificate = makeCertificate();
let service: Service;
let ports: Record<string, number>;

before(async () => {
  service = await startService(['protocols.cjs'], { env: { KEY: certificate.keyFile, CERT: certificate.certFile } });
  const lines = await printedLines<{ ports: Record<string, number> }>(service, 2);
  assert.deepEqual(lines[0]?.ports, lines[1]?.ports);
  ports = lines[0]?.ports ?? {};
});
after(async () => {
  await service.end();
  certificate.remove();
});

const portOf = (kind: string) => ports[kind] ?? 0;
const { ca } = certificate;

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
}

async function http2Get(url: string): Promise<string> {
  const session = http2.connect(url, { ca });
  const stream = session.request({ ':path': '/' });
  const text = await textOf(stream);
  session.close();
  await once(session, 'close');
  return text;
}

const requests: Record<string, () => Promise<string>> = {
  http: async () => (await get(portOf('http'))).body,
  https: () =>
    new Promise((resolve, reject) => {
      const options = { host: 'localhost', port: portOf('https'), ca, agent: false } as const;
      https.get(options, (response) => void textOf(response).then(resolve, reject)).on('error', reject);
    }),
  h2c: () => http2Get(`http://localhost:${portOf('h2c')}`),
  h2: () => http2Get(`https://localhost:${portOf('h2')}`),
  net: () => textOf(net.connect(portOf('net'), '127.0.0.1')),
  tls: () => textOf(tls.connect({ host: 'localhost', port: portOf('tls'), ca })),
};

for (const [kind, request] of Object.entries(requests)) {
  test(`both workers answer: ${kind}`, async () => {
    await answeredBy(2, request);
  });
}

function connect(session?: Buffer): tls.TLSSocket {
  const options = { host: 'localhost', port: portOf('tls'), ca, ...(session === undefined ? {} : { session }) };
  return tls.connect({ ...options, timeout: 10_000 }).on('timeout', function (this: tls.TLSSocket) {
    this.destroy(new Error('silent for 10 s'));
  });
}

/** Who answered a connection that brings a ticket along, and did it take it. */
async function resume(ticket: Buffer): Promise<{ pid: string; resumed: boolean }> {
  const socket = connect(ticket);
  let resumed = false;
  socket.once('secureConnect', () => {
    resumed = socket.isSessionReused();
  });
  return { pid: await textOf(socket), resumed };
}

test('a TLS session that one worker began is resumed by the other, and by their successors', async () => {
  const socket = connect();
  const [[ticket], first] = await Promise.all([once(socket, 'session') as Promise<[Buffer]>, textOf(socket)]);
  const pids = new Set([first]);
  for (let tries = 0; pids.size < 2 && tries < 100; tries += 1) {
    const { pid, resumed } = await resume(ticket);
    assert.equal(resumed, true, `worker ${pid} resumes what ${first} began`);
    pids.add(pid);
  }
  assert.equal(pids.size, 2);
  assert.equal((await service.command('reload')).code, 0);
  const later = await resume(ticket);
  assert.equal(pids.has(later.pid), false);
  assert.equal(later.resumed, true);
});
