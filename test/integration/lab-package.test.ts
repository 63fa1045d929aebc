// What an installation compiles, and what `reuseport bench` needs, is in the package.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { root } from '../helpers/reuseport.js';

const run = promisify(execFile);

async function packedFiles(): Promise<Set<string>> {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root });
  const [packed] = JSON.parse(stdout) as { files: { path: string }[] }[];
  return new Set(packed?.files.map(({ path }) => path));
}

test('the lab, the sources of its programs and its rivals are packed, and all that the addon is built from', async () => {
  const files = await packedFiles();
  const sources = [
    ...readFileSync(`${root}/binding.gyp`, 'utf8').matchAll(/'((?:native|bench)\/[\w/-]+\.(?:cc|cpp))'/g),
  ];
  assert.ok(sources.length > 50, `${sources.length} sources in binding.gyp`);
  const wanted = [
    ...sources.map(([, file = '']) => file),
    'dist/bench/lab/main.js',
    'dist/bundle/cli.js',
    'dist/bundle/lab-report.mjs',
    ...['index.html', 'app.js', 'style.css', 'icon.svg'].map((name) => `dist/bundle/dashboard/${name}`),
    ...['load', 'network', 'rivals'].flatMap((folder) =>
      readdirSync(`${root}/bench/${folder}`).map((name) => `bench/${folder}/${name}`),
    ),
  ].filter((file) => /\.(js|mjs|cjs|py|cc|cpp|hpp|html|css|svg)$/.test(file));
  assert.deepEqual(wanted.filter((file) => !files.has(file)), []); // prettier-ignore
});
