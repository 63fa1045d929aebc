// What cannot be meant is refused before anything starts: exit code 2, one line that says what to do.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertRefused, temporaryFolder } from '../helpers/cli.js';
import { fixtures, runCommand } from '../helpers/reuseport.js';

const script = join(fixtures, 'cli-slot.mjs');
const folder = temporaryFolder();
const runtime = temporaryFolder(0o700);
const env = { XDG_RUNTIME_DIR: runtime };
const run = (...args: string[]) => runCommand(args, { cwd: folder, env });

after(() => assert.equal(existsSync(join(runtime, 'reuseport')), false, 'a refused command made its control folder'));

test('an unknown option is refused with the one that may be meant', async () => {
  assertRefused(
    await run('--workerz', '2', script),
    'ERR_USAGE',
    2,
    /unknown option --workerz; did you mean --workers\?/,
  );
});

test('every wrong value is named with what is expected, what came, and from where', async () => {
  const wrong: Record<string, [string, RegExp]> = {
    workers: ['abc', /workers: expected an integer from 1 to 64, "auto", or a range .*, got "abc" \(from --workers\)/],
    backlog: ['-3', /backlog: expected an integer from 1 to \d+, got -3 \(from --backlog\)/],
    'ready-timeout': [
      '10',
      /readyTimeout: expected a duration .*, got "10": write 10s or 10ms \(from --ready-timeout\)/,
    ],
    bind: ['foo', /bind: expected host:port, .*, got "foo" \(from --bind\)/],
    steer: ['best', /steer: expected "auto".*, got "best": there is no policy "best" \(from --steer\)/],
    'log-level': ['loud', /logLevel: expected "trace", .*, got "loud" \(from --log-level\)/],
    name: ['a/b', /name: expected 1 to 64 letters, .*, got "a\/b" \(from --name\)/],
    env: ['=x', /env: expected variables as KEY=VALUE.*, got "=x" \(from --env\)/],
  };
  const args = Object.entries(wrong).flatMap(([word, [value]]) => [`--${word}=${value}`]);
  const finished = await run(...args, script);
  for (const [, message] of Object.values(wrong)) assertRefused(finished, 'ERR_CONFIG_INVALID', 2, message);
});

test('a missing script, a folder without a program and no script at all are told apart', async () => {
  mkdirSync(join(folder, 'empty'));
  assertRefused(await run('missing.js'), 'ERR_SCRIPT_NOT_FOUND', 2, /script missing\.js: no such file: .*missing\.js/);
  assertRefused(await run('empty'), 'ERR_SCRIPT_NOT_FOUND', 2, /script empty: .* folder .*index\.js/);
  assertRefused(await run(), 'ERR_USAGE', 2, /no script to run\. Write "reuseport <script>"/);
});

test('a folder for --chdir that is missing or no folder is refused by its name', async () => {
  assertRefused(
    await run('--chdir', '/nowhere', script),
    'ERR_CONFIG_INVALID',
    2,
    /chdir: \/nowhere: .*\(from --chdir\)/,
  );
  assertRefused(await run('--chdir', script, script), 'ERR_CONFIG_INVALID', 2, /chdir: .*: it is no folder/);
});

test('a config file that is missing, malformed, misspelt or throws is named with the place of the fault', async () => {
  writeFileSync(join(folder, 'bad.json'), '{\n  "workers": 2,,\n}');
  writeFileSync(join(folder, 'misspelt.json'), '{ "worker": 2 }');
  const throws = join(fixtures, 'broken', 'config-throws.mjs');
  const waits = join(fixtures, 'broken', 'config-never-settles.mjs');
  const unreadable = 'ERR_CONFIG_UNREADABLE';
  assertRefused(await run('-c', 'none.json', script), unreadable, 2, /none\.json: no such file \(from --config\)/);
  assertRefused(await run('-c', 'bad.json', script), unreadable, 2, /bad\.json:2:16: not JSON/);
  assertRefused(await run('-c', throws, script), unreadable, 2, /config-throws\.mjs: .*no settings today/);
  assertRefused(
    await run('-c', waits, script),
    unreadable,
    2,
    /never-settles\.mjs: .*top-level await .* never settles/,
  );
  const misspelt = await run('-c', 'misspelt.json', script);
  assertRefused(
    misspelt,
    'ERR_CONFIG_INVALID',
    2,
    /worker: no such option; did you mean workers\? \(from misspelt\.json\)/,
  );
});

test('an addon that cannot be loaded is one line with what to do, and no stack', async () => {
  const finished = await runCommand([script], { cwd: folder, env: { ...env, REUSEPORT_ADDON: '/nowhere.node' } });
  assertRefused(finished, 'ERR_ADDON_MISSING', 1, /\/nowhere\.node: .*npm explore reuseport -- npm run install/);
  assert.doesNotMatch(finished.stderr, /\n {4}at /);
});

test('a worker of node:cluster cannot be a master, and is told so', async () => {
  const finished = await runCommand([script], { cwd: folder, env: { ...env, NODE_UNIQUE_ID: '1' } });
  assertRefused(finished, 'ERR_USAGE', 2, /worker of node:cluster .*PM2's cluster mode.*exec_mode: 'fork'/);
});

test('in a folder that has been removed the command says so, and no stack', async () => {
  const through = ['sh', '-c', 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', 'sh'];
  for (const args of [[script], ['status']]) {
    const { code, stderr } = await runCommand(args, { cwd: folder, env, through });
    assert.match(stderr, /^reuseport: the current folder has been removed\. .*\n$/);
    assert.equal(code, 1);
  }
});

test('a refused command leaves no file behind', () => {
  assert.deepEqual(readdirSync(runtime), []);
});
