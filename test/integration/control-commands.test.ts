// The commands that talk to a running master: they end when what they asked for has happened, or say why it has not.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { assertRefused, temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { fixtures, runCommand, type Service, startService } from '../helpers/reuseport.js';

type Shape = { [key: string]: string | Shape | [Shape] };

/** `status --json` as the design has it; `?` is null too. */
const STATUS: Shape = {
  name: 'string',
  pid: 'number',
  version: 'string',
  generation: 'number',
  steer: { asked: 'string', used: 'string', why: 'string' },
  workers: [
    {
      slot: 'number',
      pid: 'number',
      thread: 'number',
      generation: 'number',
      state: 'string',
      uptimeMs: 'number',
      requests: 'number',
      openConnections: 'number',
      accepted: 'number',
      assigned: 'number',
      busyMs: 'number?',
      loopUtilization: 'number',
      rssBytes: 'number',
      restarts: 'number',
      lastExit: 'object?',
    },
  ],
  listeners: [
    {
      address: 'string',
      port: 'number',
      family: 'string',
      slots: [{ slot: 'number', inode: 'number', queued: 'number', backlog: 'number', drops: 'number' }],
    },
  ],
  counters: {
    reloads: 'number',
    restarts: 'number',
    handedOver: 'number',
    rebalanced: 'number',
    rescues: 'number',
    migrated: 'number',
    listenOverflows: 'number?',
  },
};

function assertShape(value: unknown, shape: string | Shape | [Shape], path: string): void {
  if (Array.isArray(shape)) {
    assert.ok(Array.isArray(value) && value.length > 0, `${path} is a list with something in it`);
    value.forEach((each, index) => assertShape(each, shape[0], `${path}[${index}]`));
  } else if (typeof shape === 'object') {
    assert.ok(typeof value === 'object' && value !== null, `${path} is an object`);
    for (const [key, inner] of Object.entries(shape)) {
      assertShape((value as Record<string, unknown>)[key], inner, `${path}.${key}`);
    }
  } else if (!(shape.endsWith('?') && value === null)) {
    assert.equal(typeof value, shape.replace('?', ''), path);
  }
}

describe('a running master', () => {
  let service: Service;
  before(async () => {
    service = await startService(['--name', 'shop', 'cli-slot.mjs']);
  });
  after(() => service.end());

  test('status --json has every field of the design, with its type', async () => {
    const { stdout, code } = await service.command('status', '--json');
    assert.equal(code, 0);
    assert.equal(stdout.trimEnd().split('\n').length, 1);
    assertShape(JSON.parse(stdout), STATUS, 'status');
  });

  test('status counts what a worker has accepted and answered', async () => {
    const port = await service.port();
    const count = async () => {
      const { workers } = await service.status();
      return workers.map(({ accepted, requests }) => [accepted ?? 0, requests ?? 0] as const);
    };
    const before = await count();
    const slot = Number((await get(port)).body.split(':')[0]);
    const after = await count();
    assert.deepEqual(
      after[slot],
      before[slot]?.map((value) => value + 1),
    );
  });

  test('status is a table of the listeners and of a line for each worker', async () => {
    const { stdout } = await service.command('status');
    assert.match(stdout, /^shop: pid \d+, generation 1, steering /);
    assert.match(stdout, /\n {2}\S+:\d+ {2}2 listeners, 0 queued, 0 dropped\n/);
    assert.match(stdout, /\nSLOT +PID .*\n0 +\d+ +1 +ready .*\n1 +\d+ +1 +ready /);
  });

  test('scale ends when the workers serve, or when they are gone', async () => {
    const more = await service.command('scale', '4');
    assert.deepEqual([more.code, more.stdout], [0, '4 workers serve\n'], more.stderr);
    assert.deepEqual(await states(service), ['ready', 'ready', 'ready', 'ready']);
    const less = await service.command('scale', '1');
    assert.deepEqual([less.code, less.stdout], [0, '1 worker serves\n'], less.stderr);
    assert.deepEqual(await states(service), ['ready']);
    assert.equal((await service.command('scale', '2')).code, 0);
  });

  test('scale to 0, to 65 or to nothing is refused', async () => {
    for (const number of ['0', '65', 'many']) {
      const message = new RegExp(`expected a number of workers from 1 to 64, got "${number}"`);
      assertRefused(await service.command('scale', number), 'ERR_USAGE', 2, message);
    }
    assertRefused(await service.command('scale'), 'ERR_USAGE', 2, /from 1 to 64, got nothing/);
    assert.equal((await service.status()).workers.length, 2);
  });
});

test('a command that is not over in --timeout says so, and the master goes on with it', async () => {
  const service = await startService(['cli-slow-start.mjs'], { workers: 1, env: { DELAY: '500' } });
  const late = await service.command('reload', '--timeout', '100ms');
  assertRefused(late, 'ERR_TIMEOUT', 1, /reload: not done within 100 ms \(--timeout\)\. The master goes on with it/);
  await service.waitForEvent('reload-complete');
  assert.equal((await service.status()).generation, 2);
  await service.end();
});

async function states(service: Service): Promise<string[]> {
  return (await service.status()).workers.map(({ state }) => state);
}

test('a reload to a broken script fails with the reason, the workers serve on, and a mended one succeeds', async () => {
  const folder = temporaryFolder();
  const script = join(folder, 'server.cjs');
  const good = join(fixtures, 'http-hello.cjs');
  copyFileSync(good, script);
  const service = await startService([script], { cwd: folder });
  const port = await service.port();
  const before = await service.workerPids();

  writeFileSync(script, 'throw new Error("broken");\n');
  const broken = await service.command('reload');
  assertRefused(broken, 'ERR_RELOAD_ABORTED', 1, /slot 0 .* exit code 1.* The previous worker still serves/);
  assert.deepEqual(await service.workerPids(), before);
  assert.equal((await get(port)).status, 200);

  copyFileSync(good, script);
  const mended = await service.command('reload');
  assert.equal(mended.code, 0, mended.stderr);
  assert.match(mended.stdout, /^reloaded: generation 3, 2 workers, \d+ ms\n/);
  assert.equal((await service.workerPids()).filter((pid) => before.includes(pid)).length, 0);
  await service.end();
});

test('stop ends when the master has stopped', async () => {
  const service = await startService(['cli-slot.mjs']);
  const stop = await service.command('stop');
  assert.deepEqual([stop.code, stop.stdout], [0, 'stopped\n'], stop.stderr);
  assert.equal((await service.end(null)).code, 0);
});

test('without a master every command says so', async () => {
  const runtime = temporaryFolder(0o700);
  const env = { XDG_RUNTIME_DIR: runtime };
  for (const command of [['status'], ['reload'], ['stop'], ['scale', '2']]) {
    const finished = await runCommand(command, { env });
    assertRefused(finished, 'ERR_CONTROL_UNREACHABLE', 1, /no master runs: .*--control/);
  }
  const named = await runCommand(['status', '--name', 'shop'], { env });
  assertRefused(named, 'ERR_CONTROL_UNREACHABLE', 1, /shop\.sock: there is no such socket/);
});

test('of two masters one must be named, and a dead one does not count', async () => {
  const runtime = temporaryFolder(0o700);
  const env = { XDG_RUNTIME_DIR: runtime };
  mkdirSync(join(runtime, 'reuseport'), 0o700);
  const control = (name: string) => ['--control', join(runtime, 'reuseport', `${name}.sock`), '--name', name];
  const first = await startService([...control('first'), 'cli-slot.mjs'], { workers: 1 });
  const second = await startService([...control('second'), 'cli-slot.mjs'], { workers: 1 });
  assertRefused(
    await runCommand(['status'], { env }),
    'ERR_USAGE',
    2,
    /There are 2: first, second\. Say which with --name/,
  );
  const named = await runCommand(['status', '--json', '-n', 'second'], { env });
  assert.equal((JSON.parse(named.stdout) as { name: string }).name, 'second');
  await second.status().catch(() => null);
  second.kill('SIGKILL');
  await second.finished;
  const only = await runCommand(['status', '--json'], { env });
  assert.equal((JSON.parse(only.stdout) as { name: string }).name, 'first', only.stderr);
  const gone = await runCommand(['status', '-n', 'second'], { env });
  assertRefused(gone, 'ERR_CONTROL_UNREACHABLE', 1, /second\.sock: nobody listens on it: its master is gone/);
  await second.end(null);
  await first.end();
});
