// --statsd: what arrives at a statsd server, from the master alone, over load, an upgrade and a stop.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { METRICS } from '../../src/observe/metrics/table.js';
import { LARGEST_DATAGRAM_BYTES } from '../../src/observe/statsd/datagrams.js';
import { pathOf } from '../../src/observe/statsd/lines.js';
import { tally } from '../helpers/http.js';
import { descriptorsOf, isAlive } from '../helpers/processes.js';
import { runCommand, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

/** A server that keeps every datagram. */
async function listenFor(t: TestContext) {
  const datagrams: string[] = [];
  const socket = dgram.createSocket('udp4');
  socket.on('message', (data) => datagrams.push(data.toString()));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  const lines = () => datagrams.flatMap((text) => text.split('\n'));
  const values = (path: string) => {
    return lines().flatMap((line) =>
      line.startsWith(`${path}:`) ? [Number.parseFloat(line.slice(path.length + 1))] : [],
    );
  };
  const sum = (path: string) => values(path).reduce((total, value) => total + value, 0);
  return { port: socket.address().port, datagrams, lines, values, sum };
}

const options = (port: number) => ['--statsd', String(port), '--statsd-interval', '100ms', '--name', 'shop'];

test('every request is counted once, over an upgrade too, and gauges come with each push', async (t) => {
  const server = await listenFor(t);
  const service = await startService(['http-hello.cjs', ...options(server.port)]);
  const port = await service.port();
  const wait = (requests: number) =>
    waitFor(`${requests} requests to be told`, () => server.sum('reuseport.requests') >= requests, {
      state: () => [server.sum('reuseport.requests'), service.stderr.split('\n').slice(-5)],
    });
  await waitFor('the first push', () => server.values('reuseport.generation').length > 0);
  await tally(port, 30);
  await wait(30);
  const { code, stderr } = await service.command('upgrade');
  assert.equal(code, 0, stderr);
  const pushes = server.values('reuseport.generation').length;
  await waitFor('the next pushes', () => server.values('reuseport.generation').length > pushes + 1);
  await tally(port, 20);
  await wait(50);
  assert.equal(server.sum('reuseport.requests'), 50);
  assert.equal(server.values('reuseport.wanted_slots').at(-1), 2);

  const known = new Map([...METRICS].map(([name, { type }]) => [pathOf(name), type === 'gauge' ? 'g' : 'c']));
  for (const line of server.lines()) {
    const [, path = '', type] = /^([a-z._]+):[0-9.e+-]+\|([cg])\|#service:shop(?:,[a-z]+:[^,|#\s]+)*$/.exec(line) ?? [];
    assert.equal(known.get(path), type ?? 'no such line', line);
  }
  const { pid } = await service.status();
  assert.equal((await service.command('stop')).code, 0);
  await waitFor('the last master to end', () => !isAlive(pid));
  assert.equal((await service.end(null)).code, 0);
  assert.ok(server.datagrams.every((text) => Buffer.byteLength(text) <= LARGEST_DATAGRAM_BYTES));
});

test('pushes come at the interval that is asked for', async (t) => {
  const server = await listenFor(t);
  await serviceFor(t, ['http-hello.cjs', ...options(server.port)], { workers: 1 });
  // At the default interval there would be three at the most before the wait gives up.
  await waitFor('five pushes', () => server.values('reuseport.generation').length >= 5);
});

test('a name that leads nowhere is told once, and the service goes on', async (t) => {
  const to = ['--statsd', 'nowhere.invalid:8125', '--statsd-interval', '100ms'];
  const service = await serviceFor(t, ['http-hello.cjs', ...to]);
  const { msg } = await service.waitForEvent('statsd-failed');
  assert.match(
    msg,
    /^metrics to statsd on nowhere\.invalid:8125: .*nowhere\.invalid \(--statsd\)\. The service goes on\.$/,
  );
  assert.equal((await tally(await service.port(), 10)).size, 2);
  assert.equal(service.logs.filter(({ event }) => event === 'statsd-failed').length, 1);
});

test('without the option the master has no socket for it, and no port is refused', async (t) => {
  const server = await listenFor(t);
  const count = async (words: string[]) => {
    const service = await serviceFor(t, ['http-hello.cjs', ...words]);
    if (words.length > 0) await waitFor('a push', () => server.datagrams.length > 0);
    return descriptorsOf(service.pid).filter((target) => target.startsWith('socket:')).length;
  };
  const without = await count([]);
  assert.equal(await count(options(server.port)), without + 1);
  const { code, stderr } = await runCommand(['http-hello.cjs', '--statsd', 'host:0']);
  assert.equal(code, 2);
  assert.match(stderr, /statsd: expected host:port, .*\(1 to 65535\), got "host:0" \(from --statsd\)/);
});
