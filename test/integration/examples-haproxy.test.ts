// examples/haproxy: who the client is to the program, by header and by PROXY protocol.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { root, startService } from '../helpers/reuseport.js';

const folder = join(root, 'examples', 'haproxy');
const REQUEST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

async function startServer(trusted: string) {
  const env = { PORT: '0', PROXY_PORT: '0', TRUSTED: trusted, HOST_NAME: 'here' };
  const service = await startService(['server.mjs'], { cwd: folder, env });
  const [port = 0, proxyPort = 0] = (await service.addresses()).map((address) => Number(address.split(':').at(-1)));
  return { service, port, proxyPort };
}

function clientIn(text: string): string {
  return (JSON.parse(text.slice(text.indexOf('{'))) as { client: string }).client;
}

/** The answer to these bytes; with `apart` each of them is a packet of its own. Empty when the connection was only closed. */
async function answerTo(port: number, bytes: Buffer, apart = false): Promise<string> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  if (apart) {
    for (const byte of bytes) await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
  } else {
    socket.write(bytes);
  }
  let text = '';
  socket.on('data', (data: Buffer) => (text += data.toString()));
  await once(socket, 'close');
  return text;
}

/** Whom the program takes for its client when the proxy says this. */
async function told(port: number, hops: string): Promise<string> {
  return clientIn((await get(port, '/', { headers: { 'x-forwarded-for': hops } })).body);
}

test('X-Forwarded-For is believed as far as those that are trusted have written it', async () => {
  const behind = await startServer('127.0.0.1 192.0.2.7');
  assert.equal(await told(behind.port, '198.51.100.1'), '198.51.100.1');
  assert.equal(await told(behind.port, '203.0.113.9, 198.51.100.1'), '198.51.100.1');
  assert.equal(await told(behind.port, '198.51.100.1, 192.0.2.7'), '198.51.100.1');
  await behind.service.end();
  const open = await startServer('192.0.2.7');
  assert.equal(await told(open.port, '198.51.100.1'), '127.0.0.1');
  await open.service.end();
});

/** Version 2: an address family, addresses and ports, and what else the proxy tells. */
function binary(family: number, addresses: number[], command = 0x21): Buffer {
  const head = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
  return Buffer.concat([head, Buffer.of(command, family, 0, addresses.length), Buffer.from(addresses)]);
}

const IPV4 = [198, 51, 100, 1, 10, 0, 0, 1, 200, 10, 0, 80];
const IPV6 = [0x20, 1, 0xd, 0xb8, ...Array.from({ length: 11 }, () => 0), 7, ...Array.from({ length: 20 }, () => 1)];
const headers: [what: string, header: Buffer, client: string][] = [
  ['version 1, IPv4', Buffer.from('PROXY TCP4 198.51.100.1 10.0.0.1 51210 80\r\n'), '198.51.100.1'],
  ['version 1, IPv6', Buffer.from('PROXY TCP6 2001:db8::7 2001:db8::1 51210 80\r\n'), '2001:db8::7'],
  ['version 1, unknown', Buffer.from('PROXY UNKNOWN\r\n'), '127.0.0.1'],
  ['version 2, IPv4', binary(0x11, IPV4), '198.51.100.1'],
  ['version 2, IPv4 with more behind it', binary(0x11, [...IPV4, 4, 0, 1, 0]), '198.51.100.1'],
  ['version 2, IPv6', binary(0x21, IPV6), '2001:db8::7'],
  ['version 2, of the proxy itself', binary(0, [], 0x20), '127.0.0.1'],
];

test('a PROXY header tells the client, in one packet with the request or byte by byte', async () => {
  const { service, proxyPort } = await startServer('');
  for (const [what, header, client] of headers) {
    const bytes = Buffer.concat([header, Buffer.from(REQUEST)]);
    assert.equal(clientIn(await answerTo(proxyPort, bytes)), client, what);
    assert.equal(clientIn(await answerTo(proxyPort, bytes, true)), client, `${what}, byte by byte`);
  }
  await service.end();
});

test('what is no PROXY header is closed without an answer, and the next one is served', async () => {
  const { service, proxyPort } = await startServer('');
  const wrong = [
    REQUEST,
    'PROXY TCP4 2001:db8::7 ::1 1 2\r\n',
    'PROXY TCP4 300.1.1.1 10.0.0.1 1 2\r\n',
    `PROXY TCP4 ${'1'.repeat(200)}`,
    '\r\n\r\n\0\r\nQUIT\n\x11\x11\0\x0c123456789012',
  ];
  for (const text of wrong) assert.equal(await answerTo(proxyPort, Buffer.from(text, 'latin1')), '', text);
  const right = Buffer.from(`PROXY TCP4 198.51.100.1 10.0.0.1 1 2\r\n${REQUEST}`);
  assert.equal(clientIn(await answerTo(proxyPort, right)), '198.51.100.1');
  await service.end();
});
