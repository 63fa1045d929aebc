// Processes of the same user that join the port later, through SO_REUSEPORT, which the kernel allows without a word.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { addonPath } from '../../src/native/load.js';
import { type Holder, holdPort, NOBODY, notRoot } from '../helpers/cli.js';
import { get, tally } from '../helpers/http.js';
import { standStill } from '../helpers/processes.js';
import { fixtures, type Service, type StartOptions } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

const HOST = '127.0.0.1';
const env = { HOST };

interface Shared {
  service: Service;
  port: number;
  /** Starts a process that listens on the port too, and answers "stranger". */
  join: (host?: string) => Promise<Holder>;
}

async function start(t: TestContext, args: readonly string[], options: StartOptions = { env }): Promise<Shared> {
  const script = args.some((word) => word.endsWith('.mjs')) ? [] : ['cli-slot.mjs'];
  const strangers: Holder[] = [];
  // Before the service, which must have left no listener on its port: hooks run in the order in which they were given.
  t.after(async () => {
    for (const stranger of strangers) await stranger.end();
  });
  const service = await serviceFor(t, [...args, ...script], options);
  const port = await service.port();
  const join = async (host = HOST) => {
    const stranger = await holdPort(['cli-holder-shared.cjs', addonPath(), host, String(port)]);
    strangers.push(stranger);
    return stranger;
  };
  return { service, port, join };
}

const strangersOf = async (service: Service) => (await service.status()).listeners[0]?.strangers ?? [];

async function getsNothing(port: number): Promise<void> {
  const bodies = await tally(port, 40);
  assert.ok(!bodies.has('stranger'), JSON.stringify([...bodies]));
}

/** Workers are spread over by these, whatever their loops do. */
for (const steer of ['round-robin', 'idle', 'hash']) {
  test(`${steer} by eBPF: a stranger gets no connection, and is named once`, { skip: steeringDenied() }, async (t) => {
    const { service, port, join } = await start(t, ['--steer', steer]);
    assert.deepEqual(await strangersOf(service), []);
    const holder = await join();
    const { pid } = holder;
    await getsNothing(port);
    const [stranger, ...others] = await strangersOf(service);
    assert.deepEqual(others, []);
    assert.deepEqual(
      { ...stranger, inode: 0, command: stranger?.command?.includes('cli-holder-shared.cjs') },
      { pid, command: true, inode: 0, uid: process.getuid?.(), address: `${HOST}:${port}`, served: false },
    );
    await service.command('reload');
    await getsNothing(port);
    const said = service.logs.filter(({ event }) => event === 'stranger');
    assert.equal(said.length, 1, JSON.stringify(said));
    assert.equal(said[0]?.code, 'ERR_STRANGER');
    assert.match(
      said[0].msg,
      new RegExp(`^pid ${pid} \\(.*cli-holder-shared.*: steering keeps connections from it\\.`),
    );
    assert.match((await service.command('status')).stdout, new RegExp(`not ours: pid ${pid} .*gets no connection`));
    await holder.end();
    assert.deepEqual(await strangersOf(service), []);
  });
}

test('eBPF: also while there is no worker at all a stranger gets none', { skip: steeringDenied() }, async (t) => {
  const options = { env: { DELAY: '1000' }, workers: 1 };
  const { service, port, join } = await start(t, ['--steer', 'idle', 'cli-slow-start.mjs'], options);
  await join('::');
  const [pid = 0] = await service.workerPids();
  process.kill(pid, 'SIGKILL');
  await waitFor('the next to start', async () => (await service.status()).workers[0]?.state === 'starting');
  const answers = Array.from({ length: 20 }, () => get(port));
  await waitFor('all to wait for it', async () => (await service.status()).listeners[0]?.slots[0]?.queued === 20);
  assert.ok((await Promise.all(answers)).every(({ body }) => body !== 'stranger'));
});

test('adaptive: a stranger gets none while slots come and go around it, and steering stays right', async (t) => {
  const { service, port, join } = await start(t, ['--steer', 'adaptive']);
  const first = await join();
  await getsNothing(port);
  for (const workers of ['4', '3', '1', '3']) {
    assert.equal((await service.command('scale', workers)).code, 0);
    await getsNothing(port);
  }
  assert.equal((await strangersOf(service)).length, 1);
  await first.end();
  const { listeners, workers } = await service.status();
  assert.equal(listeners[0]?.steer, 'adaptive');
  assert.deepEqual(listeners[0].strangers, []);
  const stopped = workers[1]?.pid ?? 0;
  await standStill(stopped);
  try {
    const slots = [...(await tally(port, 40)).keys()].map((body) => body[0]);
    assert.deepEqual(new Set(slots), new Set(['0', '2']));
  } finally {
    process.kill(stopped, 'SIGCONT');
  }
});

test('adaptive: where the order of the group is lost, the hash decides there, and that is said', async (t) => {
  const { service, port, join } = await start(t, ['--steer', 'adaptive']);
  const strangers = [await join(), await join()];
  assert.equal((await strangersOf(service)).length, 2);
  // The new slot stands behind both. When they leave at once, nobody sees in which order the holes were filled.
  assert.equal((await service.command('scale', '3')).code, 0);
  for (const stranger of strangers) await stranger.end();
  const { steer, listeners } = await service.status();
  assert.equal(steer.used, 'adaptive');
  assert.equal(listeners[0]?.steer, 'hash');
  await service.waitForEvent('steering-off');
  const said = service.logs.filter(({ event }) => event === 'steering-off');
  assert.equal(said.length, 1);
  assert.match(said[0]?.msg ?? '', /steering adaptive is off on tcp:127\.0\.0\.1:\S+, the kernel's hash decides there/);
  const slots = new Set([...(await tally(port, 60)).keys()].map((body) => body[0]));
  assert.deepEqual(slots, new Set(['0', '1', '2']));
  const again = await join();
  const [stranger] = await strangersOf(service);
  assert.deepEqual([stranger?.pid, stranger?.served], [again.pid, true]);
});

test('a stranger on a part of the address takes that part, and is named for it', async (t) => {
  const { service, port, join } = await start(t, [], { env: { HOST: '0.0.0.0' } });
  const { pid } = await join();
  const [stranger] = await strangersOf(service);
  assert.deepEqual([stranger?.pid, stranger?.address, stranger?.served], [pid, `${HOST}:${port}`, true]);
  const { msg } = await service.waitForEvent('stranger');
  assert.ok(msg.includes(`beside us on 0.0.0.0:${port}: connections to ${HOST}:${port} go to it.`), msg);
});

test('with --join they are there on purpose: listed, and not warned of', async (t) => {
  const { service, join } = await start(t, ['--join']);
  const holder = await join();
  assert.deepEqual(
    (await strangersOf(service)).map(({ pid, served }) => ({ pid, served })),
    [{ pid: holder.pid, served: true }],
  );
  assert.deepEqual(
    service.logs.filter(({ event }) => event === 'stranger'),
    [],
  );
});

for (const user of [[], ['-u', 'nobody']]) {
  const whose = user.length === 0 ? 'the master and its workers' : 'the master, whose workers are that user';
  test(`another user than ${whose}: it cannot join the group`, { skip: notRoot }, async (t) => {
    const { service, port } = await start(t, user);
    const args = [join(fixtures, 'cli-holder-shared.cjs'), addonPath(), HOST, String(port)];
    const options = { uid: NOBODY, gid: NOBODY, encoding: 'utf8', timeout: 20_000 } as const;
    const { status, stderr } = spawnSync(process.execPath, args, options);
    assert.notEqual(status, 0);
    assert.match(stderr, /bind 127\.0\.0\.1:\d+: EADDRINUSE/);
    assert.deepEqual(await strangersOf(service), []);
  });
}
