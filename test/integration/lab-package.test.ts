// What `reuseport bench` needs is in the package.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { root } from '../helpers/reuseport.js';

const run = promisify(execFile);

test('the lab, the sources of its programs and its rivals are packed', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root });
  const [packed] = JSON.parse(stdout) as { files: { path: string }[] }[];
  const files = new Set(packed?.files.map(({ path }) => path));
  const wanted = [
    'dist/bench/lab/main.js',
    'dist/bundle/cli.js',
    'dist/bundle/lab-report.mjs',
    ...['load', 'rivals'].flatMap((folder) =>
      readdirSync(`${root}/bench/${folder}`).map((name) => `bench/${folder}/${name}`),
    ),
  ].filter((file) => /\.(js|cjs|py|cpp|hpp)$/.test(file));
  assert.deepEqual(wanted.filter((file) => !files.has(file)), []); // prettier-ignore
});
