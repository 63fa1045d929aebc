// The master is replaced by a new process while the service runs.
import assert from 'node:assert/strict';
import { rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addonPath } from '../../src/native/load.js';
import { cliPath, temporaryFolder } from '../helpers/cli.js';
import { Load } from '../helpers/load.js';
import { isAlive } from '../helpers/processes.js';
import { fixtures, startService } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';
import { waitFor } from '../helpers/wait.js';

for (const policy of ['adaptive', 'idle']) {
  test(
    `steered by ${policy}, upgrades under load fail no request, no status, and keep steering`,
    { skip: policy === 'idle' && steeringDenied() },
    async () => {
      const service = await startService(['--steer', policy, 'http-hello.cjs']);
      const load = new Load(await service.port());
      await load.more(100);
      const asked = new AbortController();
      const masters = new Set<number>();
      const asker = (async () => {
        while (!asked.signal.aborted) {
          masters.add((await service.status()).pid);
          await load.more(1);
        }
      })();
      for (let round = 0; round < 2; round += 1) {
        const { code, stderr } = await service.command('upgrade');
        assert.equal(code, 0, stderr);
      }
      await load.more(100);
      asked.abort();
      await asker;
      await load.stop();
      assert.deepEqual(load.failures, []);
      const { pid, workers, steer } = await service.status();
      assert.ok(masters.size <= 3, [...masters].join(', '));
      assert.notEqual(pid, service.pid);
      assert.deepEqual(
        service.logs.filter(({ event }) => event === 'stranger').map(({ msg }) => msg),
        [],
      );
      assert.equal(steer.used, policy, steer.why);
      assert.deepEqual(
        service.logs.filter(({ event }) => event === 'stranger'),
        [],
      );
      assert.deepEqual(
        workers.map(({ slot }) => slot),
        [0, 1],
      );
      assert.equal((await service.command('stop')).code, 0);
      await waitFor('the last master to end', () => !isAlive(pid));
      assert.equal((await service.end(null)).code, 0);
    },
  );
}

test('an upgrade reads the config file anew', async () => {
  const folder = temporaryFolder();
  const config = join(folder, 'reuseport.config.json');
  writeFileSync(config, JSON.stringify({ surge: 1, env: { MARK: 'one' } }));
  const service = await startService(['--config', config, 'cli-mark.cjs']);
  const load = new Load(await service.port(), 2);
  await load.more(20);
  writeFileSync(config, JSON.stringify({ surge: 2, env: { MARK: 'two' } }));
  assert.equal((await service.command('upgrade')).code, 0);
  load.answers.clear();
  await load.more(20);
  await load.stop();
  assert.deepEqual([[...load.answers.keys()], load.failures], [['two'], []]);
  assert.equal((await service.command('stop')).code, 0);
  await service.end(null);
});

test('a new master that cannot start leaves the present one in charge, and the command says why', async () => {
  const folder = temporaryFolder();
  const config = join(folder, 'reuseport.config.json');
  writeFileSync(config, '{}');
  const service = await startService(['--config', config, 'http-hello.cjs']);
  const before = await service.status();
  for (const [text, why] of [
    ['{ "workers": 0 }', /ERR_CONFIG_INVALID: workers: expected an integer/],
    ['{ "workers": 2', /ERR_CONFIG_UNREADABLE: /],
  ] as const) {
    writeFileSync(config, text);
    const { code, stderr } = await service.command('upgrade');
    assert.equal(code, 1, stderr);
    assert.match(stderr, /ERR_UPGRADE_FAILED/);
    assert.match(stderr, why);
    const after = await service.status();
    assert.equal(after.pid, service.pid);
    assert.deepEqual(
      after.workers.map(({ pid }) => pid),
      before.workers.map(({ pid }) => pid),
    );
  }
  await service.end();
});

test('in a folder that has been removed an upgrade says so, and the service goes on', async () => {
  const folder = temporaryFolder();
  const service = await startService([join(fixtures, 'http-hello.cjs')], { cwd: folder, workers: 1 });
  rmdirSync(folder);
  const { code, stderr } = await service.command('upgrade');
  assert.equal(code, 1, stderr);
  assert.ok(stderr.includes(`it could not be started: its folder ${folder} does not exist`), stderr);
  assert.equal((await service.status()).pid, service.pid);
  await service.end();
});

/** Says that it is ready, is given everything, and dies. */
const TREACHEROUS = `
  const { Channel } = require(process.env.ADDON);
  const controlPath = process.argv[process.argv.indexOf('--control') + 1];
  const channel = new Channel(3, {
    onMessage: (data) => JSON.parse(data).type === 'go' && process.exit(9),
    onClose: () => {},
  });
  channel.send(JSON.stringify({ type: 'prepared', version: 1, controlPath }));
`;

test('a new master that dies while it takes over is survived: the former one takes the workers back', async () => {
  const program = join(temporaryFolder(), 'reuseport.cjs');
  writeFileSync(program, `require(${JSON.stringify(cliPath)});`);
  const service = await startService(['--orphan-grace', '30s', 'http-hello.cjs'], {
    program,
    env: { ADDON: addonPath() },
  });
  const load = new Load(await service.port());
  await load.more(100);
  writeFileSync(program, TREACHEROUS);
  const { code, stderr } = await service.command('upgrade');
  assert.equal(code, 1, stderr);
  assert.match(stderr, /ERR_UPGRADE_FAILED: .*exit code 9/);
  await service.waitForEvent('reload-complete');
  await load.more(100);
  await load.stop();
  assert.deepEqual(load.failures, []);
  const { pid, generation } = await service.status();
  assert.deepEqual([pid, generation], [service.pid, 2]);
  await service.end();
});

test('SIGUSR2 is an upgrade; what the new master finds wrong with its code leaves the former workers serving', async () => {
  const folder = temporaryFolder();
  const script = join(folder, 'server.cjs');
  const sound = "require('node:http').createServer((_, response) => response.end('ok')).listen(0);";
  writeFileSync(script, sound);
  const service = await startService([script]);
  const load = new Load(await service.port(), 2);
  writeFileSync(script, 'process.exit(5);');
  service.kill('SIGUSR2');
  await waitFor('the new master to have tried', () => service.logs.some(({ event }) => event === 'reload-aborted'));
  await load.more(50);
  await load.stop();
  assert.deepEqual(load.failures, []);
  await waitFor('the former master to end', () => !isAlive(service.pid), { state: () => service.stderr });
  const after = await service.status();
  assert.notEqual(after.pid, service.pid);
  assert.equal(after.workers.filter(({ state }) => state === 'ready').length, 2);
  assert.equal((await service.command('stop')).code, 0);
  await service.end(null);
});
