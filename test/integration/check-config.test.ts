// check --config: every value of the configuration with its source, and nothing is started.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { OPTION_KEYS } from '../../src/config/option-table.js';
import { assertRefused, temporaryFolder } from '../helpers/cli.js';
import { runCommand } from '../helpers/reuseport.js';

function newFolder(options: object): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'server.js'), '');
  writeFileSync(join(folder, 'reuseport.config.json'), JSON.stringify(options));
  return folder;
}

test('flags, environment, file and defaults are told apart', async () => {
  const cwd = newFolder({ readyTimeout: '90s', env: { TOKEN: 'secret' }, script: 'server.js' });
  const words = ['check', '-w', '4', '--config', '--json'];
  const { code, stdout, stderr } = await runCommand(words, { cwd, env: { REUSEPORT_SURGE: '2' } });
  assert.equal(code, 0, stderr);
  const { options } = JSON.parse(stdout) as { options: Record<string, { value: string; source: string }> };
  assert.deepEqual(options['workers'], { value: '4', source: 'from --workers' });
  assert.deepEqual(options['surge'], { value: '2', source: 'from REUSEPORT_SURGE' });
  assert.deepEqual(options['readyTimeout'], { value: '90s', source: 'from reuseport.config.json: readyTimeout' });
  assert.deepEqual(options['gracefulTimeout'], { value: '30s', source: 'default' });
  assert.deepEqual(options['script'], {
    value: join(cwd, 'server.js'),
    source: 'from reuseport.config.json: script',
  });
  assert.deepEqual(options['env']?.value, 'TOKEN');
  assert.deepEqual(
    OPTION_KEYS.filter((key) => options[key] === undefined),
    [],
  );
});

test('as text there is a line for each, with its source last', async () => {
  const cwd = newFolder({ workers: 3 });
  const { code, stdout } = await runCommand(['check', 'server.js', '--config'], { cwd });
  assert.equal(code, 0);
  assert.match(stdout, /^workers +3 +from reuseport\.config\.json: workers$/m);
  assert.match(stdout, /^backlog +4096 +default$/m);
});

test('pools that do not fit beside the workers are warned of, by --pool or by the variable of libuv', async () => {
  const cwd = newFolder({ workers: 64, script: 'server.js' });
  const warnings = async (words: string[], env: NodeJS.ProcessEnv = {}) => {
    const { code, stdout, stderr } = await runCommand(['check', '--config', '--json', ...words], { cwd, env });
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as { warnings: string[] }).warnings;
  };
  assert.deepEqual(await warnings([]), []);
  assert.match((await warnings(['--pool', '900'])).join(), /^64 workers × 900 \(--pool\) = 57600 on .*What mends it: /);
  const set = await warnings(['--env', 'UV_THREADPOOL_SIZE=1024']);
  assert.match(set.join(), /^64 workers × 1024 \(UV_THREADPOOL_SIZE\) = 65536 on /);
});

test('what run would refuse is refused, with every problem', async () => {
  const cwd = newFolder({ workers: 0, surges: 1 });
  const refused = await runCommand(['check', 'server.js', '--config'], { cwd });
  assertRefused(refused, 'ERR_CONFIG_INVALID', 2, /workers: expected .* got 0 .*\n.*surges: no such option/s);
});
