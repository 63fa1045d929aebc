// What arrives on the control socket, well-formed or not: each gets an answer, none harms the master.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertRefused, NOBODY, notRoot, talk, temporaryFolder } from '../helpers/cli.js';
import { descriptorsOf } from '../helpers/processes.js';
import { runCommand, type Service, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const STATUS = '{"command":"status"}\n';
let service: Service;
before(async () => {
  service = await startService(['cli-slot.mjs'], { workers: 1 });
});
after(() => service.end());

function rssBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** How many sockets the master holds. */
function sockets(): number {
  return descriptorsOf(service.pid).filter((target) => target.startsWith('socket:')).length;
}

test('what is no request is refused by what is wrong with it, and the next line is heard', async () => {
  const wrong = ['garbage', '7', '{"command":"fly"}', '{"command":"scale","workers":0}', '{"command":"stop"}'];
  const answers = (await talk(service.control, `${wrong.join('\n')}\n${STATUS}`, { half: true })).trimEnd().split('\n');
  const said = answers.map((line) => (JSON.parse(line) as { message?: string }).message ?? 'ok');
  const expected = [/not JSON/, /not an object/, /unknown command: fly/, /from 1 to 64/, /mode must be/, /^ok$/];
  assert.equal(said.length, expected.length);
  expected.forEach((pattern, index) => assert.match(said[index] ?? '', pattern));
});

test('a client that closes its half after the request gets its answer', async () => {
  assert.match(await talk(service.control, STATUS, { half: true }), /^\{"ok":true,/);
});

test('a request without its newline is none', async () => {
  assert.equal(await talk(service.control, STATUS.trimEnd(), { half: true }), '');
});

test('a line without an end is refused at the limit, and costs no more memory than that', async () => {
  const before = rssBytes(service.pid);
  const socket = net.connect(service.control);
  const received: string[] = [];
  socket.on('data', (data: Buffer) => received.push(data.toString()));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const chunk = Buffer.alloc(1_048_576, 0x61);
  for (let sent = 0; sent < 64 && !socket.destroyed && received.length === 0; sent += 1) {
    await new Promise<void>((resolve) => socket.write(chunk, () => resolve()));
  }
  await closed;
  assert.match(received.join(''), /"code":"ERR_USAGE","message":"control request: a line of more than 1048576 bytes"/);
  const grownBytes = rssBytes(service.pid) - before;
  assert.ok(grownBytes < 32 * 1_048_576, `the master grew by ${grownBytes} bytes`);
});

test('a hundred clients at once are all answered, and leave no descriptor', async () => {
  const before = sockets();
  const answers = await Promise.all(Array.from({ length: 100 }, () => talk(service.control, STATUS)));
  assert.ok(answers.every((answer) => answer.startsWith('{"ok":true,')));
  await waitFor('the connections to be closed', () => sockets() <= before, { state: sockets });
});

test('a client that does not read its answers does not keep the master from stopping', async () => {
  const other = await startService(['cli-slot.mjs'], { workers: 1 });
  const socket = net.connect(other.control);
  socket.on('error', () => {});
  socket.pause();
  socket.write(STATUS.repeat(2_000));
  await waitFor('the answers to be stuck', () => socket.bytesWritten > 0);
  assert.equal((await other.end()).code, 0);
  socket.destroy();
});

test('a client that leaves during a reload does not end the reload', async () => {
  const { generation } = await service.status();
  const socket = net.connect(service.control);
  socket.write('{"command":"reload"}\n');
  await service.waitForEvent('reload-started');
  socket.destroy();
  await service.waitForEvent('reload-complete');
  assert.equal((await service.status()).generation, generation + 1);
});

test('another user is refused, by the mode of the socket and behind it', { skip: notRoot }, async () => {
  const folder = dirname(service.control);
  chmodSync(folder, 0o755);
  const status = () => runCommand(['status', '--control', service.control], { uid: NOBODY });
  assertRefused(await status(), 'ERR_CONTROL_UNREACHABLE', 1, /it belongs to another user/);
  chmodSync(service.control, 0o666);
  assertRefused(await status(), 'ERR_CONTROL_UNREACHABLE', 1, /does not allow this user/);
  const denied = await service.waitForEvent('control-denied');
  assert.equal(denied['uid'], NOBODY);
  chmodSync(service.control, 0o600);
});

test("root may ask another user's master", { skip: notRoot }, async () => {
  const folder = temporaryFolder(0o700);
  chownSync(folder, NOBODY, NOBODY);
  const control = join(folder, 'c.sock');
  const other = await startService(['--control', control, 'cli-slot.mjs'], { workers: 1, uid: NOBODY });
  const { code, stderr } = await runCommand(['status', '--control', control]);
  assert.equal(code, 0, stderr);
  await other.end();
});

test('what answers on the socket but is no master is told from one', async () => {
  const path = join(temporaryFolder(), 'c.sock');
  const server = net.createServer((socket) =>
    socket
      .on('error', () => {})
      .resume()
      .end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  );
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const finished = await runCommand(['status', '--control', path]);
  assertRefused(finished, 'ERR_CONTROL_UNREACHABLE', 1, /what answers there is no master of reuseport/);
  await new Promise((resolve) => server.close(resolve));
});
