// Hooks of the config file: told what happens, in order; what fails in them is said, and changes nothing.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/cli.js';
import { fixtures, runCommand, type Service, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const config = join(fixtures, 'hooks.config.mjs');

type Note = [hook: string, about: Record<string, unknown>];

async function start(bad = '', args: string[] = []): Promise<{ service: Service; notes: () => Note[] }> {
  const file = join(temporaryFolder(), 'notes');
  writeFileSync(file, '');
  const env = { HOOKS_NOTES: file, HOOKS_BAD: bad };
  const service = await startService(['--config', config, '--name', 'shop', ...args], { workers: 1, env });
  const notes = () =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Note);
  return { service, notes };
}

test('hooks are told of a life from start to stop, one after the other', async () => {
  const { service, notes } = await start();
  const addresses = await service.addresses();
  const [first] = await service.workerPids();
  assert.equal((await service.command('reload')).code, 0);
  const [second] = await service.workerPids();
  await service.end();
  const told = notes();
  assert.deepEqual(
    told.map(([hook]) => hook),
    [
      'onStarting',
      'onWorkerStart',
      'onWorkerReady',
      'onReady',
      'onWorkerStart',
      'onWorkerReady',
      'onWorkerExit',
      'onReload',
      'onWorkerExit',
      'onStop',
    ],
  );
  const abouts = told.map(([, about]) => about);
  const { version, ...starting } = abouts[0] ?? {};
  assert.match(String(version), /^\d+\.\d+\.\d+/);
  const script = join(fixtures, 'cli-slot.mjs');
  assert.deepEqual(starting, { name: 'shop', pid: service.pid, script, succeeds: false });
  const one = { name: 'shop', slot: 0, pid: first, generation: 1 };
  const two = { name: 'shop', slot: 0, pid: second, generation: 2 };
  assert.deepEqual(abouts[1], one);
  assert.equal(typeof abouts[2]?.['tookMs'], 'number');
  assert.deepEqual(abouts[3], { name: 'shop', workers: 1, addresses });
  assert.deepEqual(abouts[4], two);
  assert.deepEqual(abouts[6], { ...one, code: 0, signal: null, asked: true });
  assert.deepEqual(abouts[7], { name: 'shop', generation: 2, ok: true, why: null });
  assert.deepEqual(abouts[9], { name: 'shop', code: 0 });
  assert.deepEqual(
    service.logs.filter(({ event }) => event === 'hook-failed'),
    [],
  );
});

test('what hooks print is printed to the last line of the last one', async () => {
  const chatty = join(temporaryFolder(), 'chatty.mjs');
  const [exit, stop] = [
    "onWorkerExit({ slot }) { console.log('exit %d', slot); }",
    "onStop() { console.log('stop'); }",
  ];
  writeFileSync(chatty, `export default { ${exit}, ${stop} };\n`);
  const service = await startService(['--config', chatty, 'cli-slot.mjs'], { workers: 3 });
  const { stdout } = await service.end();
  const lines = stdout.split('\n').filter((line) => /^(exit|stop)/.test(line));
  assert.deepEqual([lines.slice(0, -1).toSorted(), lines.at(-1)], [['exit 0', 'exit 1', 'exit 2'], 'stop']);
});

test('a worker that dies is told of with its signal, and that nobody wanted it', async () => {
  const { service, notes } = await start();
  const [pid = 0] = await service.workerPids();
  process.kill(pid, 'SIGKILL');
  const exit = await waitFor('onWorkerExit', () => notes().find(([hook]) => hook === 'onWorkerExit'));
  assert.deepEqual(exit[1], {
    name: 'shop',
    slot: 0,
    pid,
    generation: 1,
    code: null,
    signal: 'SIGKILL',
    asked: false,
  });
  await service.waitForEvent('worker-ready', 2);
  await service.end();
});

for (const [how, message] of [
  ['throws', /^hook onReady: Error: spoilt on purpose$/],
  ['rejects', /^hook onReady: Error: spoilt on purpose$/],
  ['throwsLater', /^hook onReady: Error: spoilt on purpose$/],
  ['exits', /^hook onReady: its thread has ended with exit code 7$/],
  ['hangs', /^hook onReady: it is ended, because it took longer than 4s \(hookTimeout\)$/],
  ['spins', /^hook onReady: it is ended, because it took longer than 4s \(hookTimeout\)$/],
] as const) {
  const isSlow = how === 'hangs' || how === 'spins';
  test(`a hook that ${how} is logged by its name, and service and later hooks go on`, async () => {
    const { service, notes } = await start(`onReady:${how}`, isSlow ? ['--hook-timeout', '4s'] : []);
    const line = await service.waitForEvent('hook-failed');
    assert.match(line.msg, message);
    assert.deepEqual([line.code, line['hook']], ['ERR_HOOK', 'onReady']);
    assert.equal((await service.command('reload')).code, 0);
    assert.equal((await service.end()).code, 0);
    const last = notes().map(([hook]) => hook);
    assert.ok(last.includes('onReload'), last.join());
    assert.equal(last.at(-1), 'onStop');
  });
}

test('a hook that hangs at the start or the end keeps neither from happening', async () => {
  const { service } = await start('onStarting:hangs,onStop:hangs', ['--hook-timeout', '4s']);
  assert.equal((await service.end()).code, 0);
  const failed = service.logs.filter(({ event }) => event === 'hook-failed').map(({ hook }) => hook);
  assert.deepEqual(failed, ['onStarting', 'onStop']);
});

test('a hook that is no function, or misspelt, is refused', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'reuseport.config.mjs');
  writeFileSync(file, 'export default { script: "server.js", onReady: "echo", onWorkerExits: () => {} };');
  const { code, stderr } = await runCommand(['--config', file], { cwd: folder });
  assert.equal(code, 2);
  assert.match(stderr, /onReady: expected a function, got "echo" \(from reuseport\.config\.mjs: onReady\)/);
  assert.match(stderr, /onWorkerExits: no such option; did you mean onWorkerExit\?/);
});
