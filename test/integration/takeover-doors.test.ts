// Who may come to a worker's door, and whom a new master finds behind the doors of its service.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { TypedChannel } from '../../src/channel/channel.js';
import { decodeToMaster, decodeToWorker, type ToMaster, type ToWorker } from '../../src/channel/messages.js';
import { loadAddon } from '../../src/native/load.js';
import { doorPrefix, doorsIn, openDoors } from '../../src/supervisor/doors.js';
import { temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { isAlive } from '../helpers/processes.js';
import { startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const addon = loadAddon();

test('a door is a listening socket of the service alone', () => {
  const lines = [
    'Num       RefCount Protocol Flags    Type St Inode Path',
    '0000000000000000: 00000002 00000000 00010000 0005 01 31 @reuseport-worker/ab/17',
    '0000000000000000: 00000003 00000000 00000000 0005 03 32 @reuseport-worker/ab/17',
    '0000000000000000: 00000002 00000000 00010000 0005 01 33 @reuseport-worker/abc/18',
    '0000000000000000: 00000002 00000000 00010000 0001 01 34 /run/reuseport-worker/ab/19',
    '0000000000000000: 00000003 00000000 00000000 0001 03 35',
  ];
  assert.deepEqual(doorsIn(lines.join('\n'), '\0reuseport-worker/ab/'), ['\0reuseport-worker/ab/17']);
});

test('a worker whose master lives obeys no other', async () => {
  const service = await startService(['http-hello.cjs'], { workers: 1 });
  const [pid = 0] = await service.workerPids();
  const prefix = doorPrefix(service.control);
  assert.deepEqual(openDoors(prefix), [`${prefix}${pid}`]);
  const heard: string[] = [];
  const closed = new Promise<void>((resolve) => {
    const channel = new TypedChannel<ToMaster, ToWorker>(
      addon,
      addon.connectPackets(`${prefix}${pid}`),
      decodeToMaster,
      {
        onMessage: ({ type }) => heard.push(type),
        onBadMessage: () => {},
        onClose: () => resolve(),
      },
    );
    channel.send({ type: 'drain', reason: 'stop', receivers: [], graceMs: 0 });
  });
  await closed;
  assert.deepEqual(heard, [], 'it does not say what it holds');
  assert.deepEqual(await service.workerPids(), [pid], 'it has not drained');
  await service.end();
});

/** Stands at a door of the service, as a worker with this protocol would. */
function pretendWorker(t: TestContext, control: string, version: number): Promise<ToWorker> {
  const fd = addon.listenPackets(`${doorPrefix(control)}${process.pid}`);
  return new Promise((resolve) => {
    const watch = new addon.ReadableWatch(fd, () => {
      for (const caller of addon.acceptAll(fd, 1)) {
        const channel = new TypedChannel<ToWorker, ToMaster>(addon, caller, decodeToWorker, {
          onMessage: resolve,
          onBadMessage: () => {},
          onClose: () => {},
        });
        t.after(() => channel.close());
        channel.send({ type: 'register', version, slot: 0, generation: 4, state: 'ready', listeners: 0 });
      }
    });
    t.after(() => watch.close());
  });
}

test('a worker of another protocol is told to drain, and the master starts its own', async (t) => {
  const control = join(temporaryFolder(), 'c.sock');
  const told = pretendWorker(t, control, 9999);
  const service = await startService(['http-hello.cjs'], { workers: 1, control });
  assert.deepEqual(await told, { type: 'drain', reason: 'orphan', receivers: [], graceMs: 30_000 });
  const line = await service.waitForEvent('worker-left-alone');
  assert.equal(line['workerPid'], process.pid);
  assert.equal((await service.status()).generation, 1);
  // It must not be ended by the master's patience, being this test.
  await service.end();
});

test('a stopped worker is neither waited for nor taken for a stranger, and does not outlive the grace', async () => {
  const args = ['--orphan-grace', '30s', '--graceful-timeout', '1s', 'http-hello.cjs'];
  const first = await startService(args, { workers: 1 });
  const port = await first.port();
  const [pid = 0] = await first.workerPids();
  process.kill(pid, 'SIGSTOP');
  await first.killMaster();
  const second = await startService(args, { workers: 1, control: first.control, env: { PORT: String(port) } });
  await waitFor('it to be killed', () => !isAlive(pid));
  assert.equal((await get(await second.port())).status, 200);
  await second.end();
  await first.discard();
});

test('a server on a path is taken over with its file', async () => {
  const path = join(temporaryFolder(), 'server.sock');
  const options = { env: { OPTIONS: JSON.stringify({ path }) } };
  const args = ['--orphan-grace', '30s', 'listen-path.cjs'];
  const first = await startService(args, options);
  await first.killMaster();
  const alone = await get(0, '/', { socketPath: path });
  const second = await startService(args, { ...options, control: first.control });
  await second.waitForEvent('reload-complete');
  const { body } = await get(0, '/', { socketPath: path });
  assert.notEqual(body, alone.body);
  await second.end();
  assert.equal(existsSync(path), false);
  await first.discard();
});
