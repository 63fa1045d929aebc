// --access-log: a line for each request, whoever of the workers served it and whatever became of it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertRefused, temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { runCommand, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

interface Line {
  url: string;
  status: number;
  bytes: number;
  worker: number;
  pid: number;
  durationMs: number;
  aborted: boolean;
  [field: string]: unknown;
}

const textOf = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : '');
const linesOf = (path: string) => textOf(path).split('\n').filter(Boolean);
const recordsOf = (path: string) => linesOf(path).map((line) => JSON.parse(line) as Line);
const newPath = () => join(temporaryFolder(), 'access.log');

function untilLines(path: string, count: number): Promise<unknown> {
  return waitFor(`${count} lines`, () => linesOf(path).length >= count, { state: () => linesOf(path) });
}

test('json has status, bytes of the body, worker, pid and what the client says of itself', async () => {
  const path = newPath();
  const service = await startService(['--access-log', path, '--access-log-format', 'json', 'access.cjs']);
  const port = await service.port();
  const headers = { referer: 'http://here/', 'user-agent': 'test', host: 'shop' };
  await get(port, '/status/404/1000', { headers });
  await get(port, '/chunks');
  await untilLines(path, 2);
  const pids = await service.workerPids();
  await service.end();
  const [first, second] = recordsOf(path).toSorted((a, b) => b.status - a.status);
  assert.ok(first !== undefined && second !== undefined);
  const { time, durationMs, worker, pid, ...rest } = first;
  assert.equal(new Date(String(time)).toISOString(), time);
  assert.ok(durationMs > 0);
  assert.equal(pid, pids[worker]);
  assert.deepEqual(rest, {
    remoteAddress: '127.0.0.1',
    method: 'GET',
    url: '/status/404/1000',
    httpVersion: '1.1',
    host: 'shop',
    status: 404,
    bytes: 1000,
    referer: 'http://here/',
    userAgent: 'test',
    aborted: false,
  });
  assert.deepEqual([second.status, second.url, second.aborted], [200, '/chunks', false]);
  assert.equal(statSync(path).mode & 0o777, 0o640);
});

test('combined goes to standard output where the path is a dash', async () => {
  const service = await startService(['--access-log', '-', 'access.cjs'], { workers: 1 });
  const port = await service.port();
  await get(port, '/status/200/5', { headers: { 'user-agent': 'test' } });
  const { stdout } = await service.end();
  assert.match(stdout, /^127\.0\.0\.1 - - \[.+ \+0000\] "GET \/status\/200\/5 HTTP\/1\.1" 200 5 "-" "test"\n$/);
});

test('each request of a kept-alive connection has a line with bytes of its own', async () => {
  const path = newPath();
  const service = await startService(['--access-log', path, '--access-log-format', 'json', 'access.cjs'], {
    workers: 1,
  });
  const port = await service.port();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (const bytes of [10, 2000, 30]) await get(port, `/status/200/${bytes}`, { agent });
  agent.destroy();
  await untilLines(path, 3);
  await service.end();
  assert.deepEqual(
    recordsOf(path).map(({ bytes }) => bytes),
    [10, 2000, 30],
  );
});

test('a client that goes before there is an answer is 499', async () => {
  const path = newPath();
  const service = await startService(['--access-log', path, '--access-log-format', 'json', 'access.cjs'], {
    workers: 1,
  });
  const socket = net.connect(await service.port(), '127.0.0.1');
  socket.write('GET /never HTTP/1.1\r\nHost: a\r\n\r\n');
  await waitFor('the request', async () => (await service.status()).workers[0]?.requests === 1);
  socket.destroy();
  await once(socket, 'close');
  await untilLines(path, 1);
  await service.end();
  assert.deepEqual(
    recordsOf(path).map(({ status, bytes, aborted }) => ({ status, bytes, aborted })),
    [{ status: 499, bytes: 0, aborted: true }],
  );
});

test('through renames with USR1, reloads and the end no line is lost', async () => {
  const path = newPath();
  const service = await startService(['--access-log', path, 'access.cjs']);
  const port = await service.port();
  const files = [path];
  for (let round = 1; round <= 3; round += 1) {
    for (let count = 0; count < 20; count += 1) await get(port);
    files.push(`${path}.${round}`);
    renameSync(path, `${path}.${round}`);
    service.kill('SIGUSR1');
    await service.waitForEvent('logs-reopened', round);
    for (let count = 0; count < 20; count += 1) await get(port);
    assert.equal((await service.command('reload')).code, 0);
  }
  await service.end();
  assert.equal(files.flatMap(linesOf).length, 120);
  assert.ok(existsSync(path));
});

test('a full disk is told once, and answers go on', async () => {
  const service = await startService(['--access-log', '/dev/full', 'access.cjs'], { workers: 1 });
  const port = await service.port();
  for (let count = 0; count < 10; count += 1) assert.equal((await get(port)).status, 200);
  const { code, msg } = await service.waitForEvent('worker-warning');
  assert.equal(code, 'WARN_ACCESS_LOG');
  assert.match(msg, /ENOSPC/);
  assert.equal((await get(port)).status, 200);
  await service.end();
});

test('a file that cannot be opened is refused before anything starts', async () => {
  const folder = temporaryFolder();
  const args = ['--access-log', join(folder, 'none', 'a.log'), '--control', join(folder, 'c.sock'), 'access.cjs'];
  assertRefused(await runCommand(args), 'ERR_LOG_FILE', 2, /--access-log \S+ cannot be opened: ENOENT/);
});
