// WebSockets are told that their worker goes; programs as they are, with the libraries of test/frameworks.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { test, type TestContext } from 'node:test';
import { freePort } from '../../bench/free-port.js';
import type { Service, StartOptions } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { FRAMEWORKS, whyNotInstalled } from './frameworks-installed.js';
import { serviceFor } from './listen-support.js';
import { makeCertificate } from './worker-certificate.js';

const skip = whyNotInstalled() ?? false;

/** What is used of ws and socket.io-client. */
interface WebSocketClient extends NodeJS.EventEmitter {
  send(data: string): void;
  terminate(): void;
}
interface SocketIoClient extends NodeJS.EventEmitter {
  close(): void;
}
const load = createRequire(`${FRAMEWORKS}package.json`);

interface Client {
  webSocket: WebSocketClient;
  /** The code and reason that it was closed with. */
  closed: Promise<string>;
}

async function connect(t: TestContext, url: string, options = {}): Promise<Client> {
  const WebSocket = load('ws') as new (url: string, options: object) => WebSocketClient;
  const webSocket = new WebSocket(url, options);
  t.after(() => webSocket.terminate());
  const closed = once(webSocket, 'close').then(([code, reason]) => `${code as number} ${String(reason)}`);
  await once(webSocket, 'open');
  return { webSocket, closed };
}

function connectAll(t: TestContext, count: number, url: string, options = {}): Promise<Client[]> {
  return Promise.all(Array.from({ length: count }, () => connect(t, url, options)));
}

async function closesOf(clients: readonly Client[]): Promise<Set<string>> {
  return new Set(await Promise.all(clients.map(({ closed }) => closed)));
}

const happened = (service: Service, wanted: string) => service.logs.filter(({ event }) => event === wanted).length;

function start(t: TestContext, options: StartOptions = {}): Promise<Service> {
  const env = { FRAMEWORKS, ...options.env };
  return serviceFor(t, ['drain-websockets.cjs'], { workers: 1, ...options, env });
}

test('an unmodified program’s WebSockets get 1012 at a reload and 1001 at a stop', { skip }, async (t) => {
  const env = { PORT: String(await freePort()) };
  const service = await serviceFor(t, [`${FRAMEWORKS}ws/server.js`], { workers: 1, env });
  const url = `ws://127.0.0.1:${env.PORT}`;
  const clients = await connectAll(t, 20, url);
  assert.equal((await service.command('reload')).code, 0);
  assert.deepEqual(await closesOf(clients), new Set(['1012 service restart']));
  const others = await connectAll(t, 20, url);
  service.kill('SIGTERM');
  assert.deepEqual(await closesOf(others), new Set(['1001 service stops']));
  await service.end();
  assert.deepEqual([happened(service, 'worker-killed'), happened(service, 'connections-ended')], [0, 0]);
});

test('Socket.IO clients come back by themselves, to the successor', { skip }, async (t) => {
  const env = { PORT: String(await freePort()) };
  const service = await serviceFor(t, [`${FRAMEWORKS}socket-io/server.js`], { workers: 1, env });
  const { io } = load('socket.io-client') as { io(this: void, url: string, options: object): SocketIoClient };
  const client = io(`http://127.0.0.1:${env.PORT}`, { transports: ['websocket'], forceNew: true });
  t.after(() => client.close());
  await once(client, 'connect');
  const left = once(client, 'disconnect');
  const back = left.then(() => once(client, 'connect'));
  assert.equal((await service.command('reload')).code, 0);
  assert.deepEqual((await left)[0], 'transport close');
  await back;
});

test('a WebSocket over TLS is told too', { skip }, async (t) => {
  const { ca, certFile, keyFile, remove } = makeCertificate();
  t.after(remove);
  const service = await start(t, { env: { CERT_FILE: certFile, KEY_FILE: keyFile } });
  const clients = await connectAll(t, 3, `wss://127.0.0.1:${await service.port()}`, { ca, servername: 'localhost' });
  assert.equal((await service.command('reload')).code, 0);
  assert.deepEqual(await closesOf(clients), new Set(['1012 service restart']));
});

test('a program that says farewell in onDrain is not spoken over', { skip }, async (t) => {
  const service = await start(t, { env: { FAREWELL: '1' } });
  const clients = await connectAll(t, 5, `ws://127.0.0.1:${await service.port()}`);
  assert.equal((await service.command('reload')).code, 0);
  assert.deepEqual(await closesOf(clients), new Set(['4001 own farewell']));
});

test('what the client sends before it has heard of the farewell is still answered', { skip }, async (t) => {
  const service = await start(t);
  const [pid] = await service.workerPids();
  const { webSocket, closed } = await connect(t, `ws://127.0.0.1:${await service.port()}`);
  const answers: string[] = [];
  webSocket.on('message', (data: Buffer) => answers.push(data.toString()));
  const reload = service.command('reload');
  // More messages than can be answered before the farewell comes: each that was answered was so in full, by the old worker.
  let sent = 0;
  const sending = setInterval(() => webSocket.send(String(sent++)), 1);
  await closed;
  clearInterval(sending);
  assert.equal((await reload).code, 0);
  await waitFor('some answers', () => answers.length > 0);
  assert.deepEqual(new Set(answers), new Set([String(pid)]));
});
