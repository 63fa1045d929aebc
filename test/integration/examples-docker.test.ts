// What examples/docker/Dockerfile starts, without Docker: its command line and variables, and its health check.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/cli.js';
import { root, runCommand } from '../helpers/reuseport.js';
import { serviceFor } from './listen-support.js';

const dockerfile = readFileSync(join(root, 'examples', 'docker', 'Dockerfile'), 'utf8');

/** The words of an instruction in list form. */
function listOf(instruction: RegExp): string[] {
  return JSON.parse(instruction.exec(dockerfile)?.[1] ?? '[]') as string[];
}

const words = listOf(/^CMD (\[.*\])$/m);
const variables = Object.fromEntries(
  [...dockerfile.matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, key, value]) => [key, value]),
);

test('command line and variables of the Dockerfile are those of the command', async () => {
  assert.deepEqual(listOf(/^ENTRYPOINT (\[.*\])$/m), ['node_modules/.bin/reuseport']);
  const folder = temporaryFolder();
  writeFileSync(join(folder, words[0] ?? ''), '');
  const env = { ...variables, XDG_RUNTIME_DIR: folder };
  const { code, stdout, stderr } = await runCommand(['check', '--config', '--json', ...words], { cwd: folder, env });
  assert.equal(code, 0, stderr);
  const from = (source: string) => stdout.split(source).length - 1;
  const own = Object.keys(variables).filter((key) => key.startsWith('REUSEPORT_'));
  assert.deepEqual(
    own.map(from),
    own.map(() => 1),
    stdout,
  );
  assert.match(stdout, /0\.0\.0\.0:9100/);
});

test('the health check succeeds where the service serves, and fails where nobody is', async (t) => {
  const [node = '', option = '', script = ''] = listOf(/^HEALTHCHECK .* CMD (\[.*\])$/m);
  assert.deepEqual([node, option], ['node', '-e']);
  const service = await serviceFor(t, ['http-hello.cjs', '--metrics', '127.0.0.1:0'], { workers: 1 });
  const { address } = await service.waitForEvent('metrics');
  const check = () => spawnSync(process.execPath, [option, script.replace('127.0.0.1:9100', String(address))]).status;
  assert.equal(check(), 0);
  await service.end();
  assert.equal(check(), 1);
});
