// Every example runs as it stands, and does what its first line says.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { get, tally } from '../helpers/http.js';
import { root, Service, startService } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';
import { withoutUws } from '../helpers/uws.js';

const examples = join(root, 'examples');
const run = (name: string, ...args: string[]) => {
  return startService([join('examples', name), ...args], { cwd: root, env: { PORT: '0' } });
};

test('http-server.mjs says which worker answers', async () => {
  const service = await run('http-server.mjs');
  const { body } = await get(await service.port(), '/path');
  assert.match(body, /^slot [01], pid \d+, generation 1: \/path\n$/);
  await service.end();
});

test('fetch-handler.mjs and request-handler.cjs are served where --bind says', async () => {
  const fetching = await run('fetch-handler.mjs', '--bind', '127.0.0.1:0');
  const { pathname, pid } = JSON.parse((await get(await fetching.port(), '/a')).body) as Record<string, unknown>;
  assert.equal(pathname, '/a');
  assert.ok((await fetching.workerPids()).includes(Number(pid)));
  await fetching.end();
  const handling = await run('request-handler.cjs', '--bind', '127.0.0.1:0');
  assert.match((await get(await handling.port(), '/b')).body, /^GET \/b by pid \d+\n$/);
  await handling.end();
});

test('cluster-program.cjs runs its worker branch in every worker', async () => {
  const service = await run('cluster-program.cjs');
  const port = await service.port();
  const pids = new Set(await service.workerPids());
  const bodies = await tally(port, 40);
  assert.equal(bodies.size, pids.size);
  for (const body of bodies.keys()) assert.match(body, /^cluster worker \d+, pid \d+\n$/);
  await service.end();
});

test('uwebsockets.cjs is served by every worker', { skip: withoutUws() }, async () => {
  const service = await run('uwebsockets.cjs');
  const pids = new Set(await service.workerPids());
  const bodies = await tally(await service.port(), 40, { path: '/news' });
  assert.equal(bodies.size, pids.size);
  for (const body of bodies.keys()) assert.match(body, /^\/news by pid \d+\n$/);
  await service.end();
});

test('tcp-echo.mjs sends back what it gets', async () => {
  const service = await run('tcp-echo.mjs');
  const socket = net.connect(await service.port(), '127.0.0.1');
  let received = '';
  socket.on('data', (data: Buffer) => (received += data.toString()));
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.end('hello');
  await closed;
  assert.equal(received, 'hello');
  await service.end();
});

test(
  'own-policy.mjs fills slot after slot in the kernel, and then the emptiest first',
  { skip: steeringDenied() },
  () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(examples, 'own-policy.mjs')], {
      encoding: 'utf8',
      env: { ...process.env, PORT: '0' },
      timeout: 60_000,
    });
    assert.equal(status, 0, stderr);
    const drawn = stdout.split('\n').filter((line) => line.includes('│'));
    const counts = drawn.map((line) => line.split('│').map((cell) => Number(/\d+/.exec(cell)?.[0])));
    assert.deepEqual(counts[8], [4, 4, 1, 0]);
    assert.deepEqual(counts[9], [4, 4, 2, 0]);
    assert.deepEqual(counts[10], [4, 4, 2, 1]);
    assert.deepEqual(counts[15], [4, 4, 4, 4]);
    assert.equal(counts.length, 16);
    assert.match(stdout, /^slot 3 {2}assigned 4: selected 4, fallback 0; error 0; its loop turned \d+ times$/m);
  },
);

test('with-config starts without a word on the command line', async () => {
  const service = new Service([], { cwd: join(examples, 'with-config'), env: { PORT: '0' }, ready: false });
  const port = await service.port();
  assert.match((await get(port)).body, /^hello from pid \d+\n$/);
  assert.equal((await service.status()).name, 'shop');
  await service.end();
});

test('every example has its test', () => {
  const tested = ['http-server.mjs', 'fetch-handler.mjs', 'request-handler.cjs', 'cluster-program.cjs', 'tcp-echo.mjs'];
  // Folders have files of their own: examples-*.test.ts, metrics-examples.test.ts, steering-pinned-c.test.ts and systemd.test.ts.
  const folders = [
    'docker',
    'grafana',
    'haproxy',
    'kubernetes',
    'opentelemetry',
    'pinned',
    'prometheus',
    'systemd',
    'work-beside-requests',
  ];
  const others = ['uwebsockets.cjs', 'own-policy.mjs', ...folders, 'with-config', 'README.md'];
  assert.deepEqual(readdirSync(examples).toSorted(), [...tested, ...others].toSorted());
});
