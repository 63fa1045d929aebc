// The package in somebody else's project, where no install script has run: the README's commands and its program.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';

import { assertRefused, temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { fillProject } from '../helpers/package.js';
import { root, runCommand, startService } from '../helpers/reuseport.js';

const run = promisify(execFile);
const readme = readFileSync(join(root, 'README.md'), 'utf8');
/** The tests may run with a binary of their own choice. */
const env = { REUSEPORT_ADDON: '' };

/** The first block of that language under the heading. */
function blockUnder(heading: string, language: string): string {
  const section = readme.slice(readme.indexOf(`\n## ${heading}\n`));
  return section.match(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``))?.[1] ?? assert.fail(heading);
}

const folder = temporaryFolder();
let home = '';
before(async () => (home = await fillProject(folder, { prebuilt: true })));

test("the README's quick start serves, from the binary in the package", async () => {
  const [install, start = ''] = blockUnder('Quick start', 'sh').trim().split('\n');
  assert.equal(install, 'npm install reuseport');
  const [, script = ''] = /^npx reuseport (\S+)$/.exec(start) ?? assert.fail(start);
  const server = "require('node:http').createServer((request, response) => response.end('of somebody')).listen(0);\n";
  writeFileSync(join(folder, script), server);
  const program = join(home, 'dist', 'bundle', 'cli.js');
  const service = await startService([script], { cwd: folder, program, env });
  assert.equal((await get(await service.port())).body, 'of somebody');
  await service.end();
});

test("the README's program for the library listens", async () => {
  const shown = blockUnder('In a program of your own', 'js').replace("'0.0.0.0', port: 8080", "'127.0.0.1', port: 0");
  const ask = `const { port } = server.address();
    console.log(await (await fetch('http://127.0.0.1:' + port, { headers: { connection: 'close' } })).text());
    server.close();`;
  writeFileSync(join(folder, 'own.mjs'), `${shown}\n${ask}`);
  const { stdout } = await run(process.execPath, ['own.mjs'], { cwd: folder, env: { ...process.env, ...env } });
  assert.equal(stdout.trim(), 'hello');
});

for (const entry of ['reuseport', 'reuseport/worker', 'reuseport/program']) {
  test(`import and require of ${entry} give the same module`, async () => {
    const code = `
      import { createRequire } from 'node:module';
      import * as imported from '${entry}';
      const required = createRequire(import.meta.url)('${entry}');
      const names = Object.keys(imported).filter((name) => name !== 'module.exports');
      if (names.length < 4 || names.some((name) => imported[name] !== required[name])) throw new Error(names.join());`;
    writeFileSync(join(folder, 'both.mjs'), code);
    const { stderr } = await run(process.execPath, ['both.mjs'], { cwd: folder, env: { ...process.env, ...env } });
    assert.doesNotMatch(stderr, /Error/);
  });
}

test('where neither is a binary nor one was compiled, the command says what is missing and what to do', async () => {
  const cwd = temporaryFolder();
  const command = join(await fillProject(cwd, { prebuilt: false }), 'dist', 'bundle', 'cli.js');
  const finished = await runCommand(['check'], { cwd, command, env });
  assertRefused(
    finished,
    'ERR_ADDON_MISSING',
    1,
    /No native build was found for platform=linux arch=\w+ .*; loaded from: .*reuseport\. Compile it with `npm explore/,
  );
});
