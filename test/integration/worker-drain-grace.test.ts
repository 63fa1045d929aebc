// How long a drain waits, what it waits for, and how what it does not wait for is ended.
import assert from 'node:assert/strict';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import { get } from '../helpers/http.js';
import type { Service } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { printed, printedLines, serviceFor } from './listen-support.js';

/** Larger than what the kernel keeps for both sides of a connection. */
const DOWNLOAD_BYTES = 24 * 1024 * 1024;
const GRACE = ['--graceful-timeout', '4s'];

/** A connection that keeps what comes, and how it ends: `end` is a FIN. */
class Client {
  readonly socket: net.Socket;
  received = '';
  readonly events: string[] = [];

  constructor(t: TestContext, port: number) {
    this.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    t.after(() => this.socket.destroy());
    this.socket.on('data', (data) => (this.received += data.toString('latin1')));
    this.socket.on('end', () => this.events.push('end'));
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.events.push(error.code ?? error.message));
  }

  async has(text: string): Promise<void> {
    await waitFor(`"${text}"`, () => this.received.includes(text), { state: () => [this.received, this.events] });
  }

  async ended(): Promise<string | undefined> {
    return waitFor('the end', () => this.events[0]);
  }
}

async function portsOf(service: Service): Promise<[http: number, other: number]> {
  const [line] = await printedLines<{ http: number; other: number }>(service, 1);
  return [line?.http ?? 0, line?.other ?? 0];
}

const logged = (service: Service, wanted: string) => service.logs.filter(({ event }) => event === wanted);
const said = (service: Service, pid: number) => {
  return printed(service.stdout).filter((line) => line['pid'] === pid && !('uploading' in line || 'http' in line));
};
const ended = [{ closed: null }, { beforeExit: true }, { exit: true }];

test('an upload under way when the drain begins is taken to its end and answered', async (t) => {
  const service = await serviceFor(t, ['drain-grace.cjs'], { workers: 1 });
  const [port] = await portsOf(service);
  const [pid = 0] = await service.workerPids();
  const client = new Client(t, port);
  client.socket.write('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nfirst');
  await waitFor('the upload', () => printed(service.stdout).some((line) => 'uploading' in line));
  const reload = service.command('reload');
  await service.waitForEvent('worker-draining');
  client.socket.write('final');
  await client.has(`${pid} 10`);
  client.socket.destroy();
  assert.equal((await reload).code, 0);
  const expected = [{ aborted: true }, ...ended].map((fields) => ({ pid, ...fields }));
  assert.deepEqual(said(service, pid), expected);
});

test('a download that the client reads slowly is not cut within the grace period', async (t) => {
  const env = { DOWNLOAD_BYTES: String(DOWNLOAD_BYTES) };
  const service = await serviceFor(t, ['drain-grace.cjs'], { workers: 1, env });
  const [port] = await portsOf(service);
  const client = new Client(t, port);
  client.socket.write('GET /download HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n');
  await client.has('\r\n\r\n');
  client.socket.pause();
  const reload = service.command('reload');
  await service.waitForEvent('worker-draining');
  client.socket.resume();
  assert.equal(await client.ended(), 'end');
  assert.equal(client.received.length - client.received.indexOf('\r\n\r\n') - 4, DOWNLOAD_BYTES);
  client.socket.destroy();
  assert.equal((await reload).code, 0);
});

test('what is open at the end of the grace period is ended without a reset, and counted in the log', async (t) => {
  const service = await serviceFor(t, [...GRACE, 'drain-grace.cjs'], { workers: 1 });
  const [port, other] = await portsOf(service);
  const [pid = 0] = await service.workerPids();
  const upgraded = new Client(t, port);
  upgraded.socket.write('GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\n');
  await upgraded.has('Upgrade: own');
  const foreign = new Client(t, other);
  await foreign.has('hello');
  const upload = new Client(t, port);
  upload.socket.write('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nfirst');
  await waitFor('the upload', () => printed(service.stdout).some((line) => 'uploading' in line));
  const reload = service.command('reload');
  await service.waitForEvent('worker-draining');
  // Nobody reads this on the other side: a socket closed upon it would send a reset.
  foreign.socket.write('x'.repeat(500_000));
  for (const client of [upgraded, foreign, upload]) {
    assert.equal(await client.ended(), 'end');
    client.socket.end();
  }
  assert.equal((await reload).code, 0);
  const [line] = logged(service, 'connections-ended');
  assert.equal(line?.['connections'], 3);
  assert.match(line.msg, /^worker 0 ended 3 connections that were still open .* \(gracefulTimeout 4s\)$/);
  assert.deepEqual(logged(service, 'worker-killed'), []);
  const expected = [{ aborted: true }, ...ended].map((fields) => ({ pid, ...fields }));
  assert.deepEqual(said(service, pid), expected);
});

test('an onDrain handler that never settles is waited for until the end of the grace period, no longer', async (t) => {
  const service = await serviceFor(t, [...GRACE, 'drain-grace.cjs'], { workers: 1, env: { NEVER: '1' } });
  const [pid = 0] = await service.workerPids();
  assert.equal((await service.command('reload')).code, 0);
  const expected = [{ aborted: true }, ...ended].map((fields) => ({ pid, ...fields }));
  assert.deepEqual(said(service, pid), expected);
  assert.deepEqual(logged(service, 'worker-killed'), []);
  assert.deepEqual(logged(service, 'connections-ended'), []);
});

test('a program that does nothing when it is told to end still has its exit hook run at a stop', async (t) => {
  const service = await serviceFor(t, ['drain-http.cjs'], { workers: 1 });
  const [pid] = await service.workerPids();
  assert.match((await get(await service.port())).body, /^\d+$/);
  await service.end();
  assert.deepEqual(await printedLines(service, 1), [{ pid, exit: true }]);
});
