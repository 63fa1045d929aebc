// The rivals of the lab as data, and as its documentation has them.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { findTool, missingPackages } from '../../bench/debian.js';
import { nginxConfiguration } from '../../bench/lab/debian-rivals.js';
import { otherRivals } from '../../bench/lab/rivals.js';
import { labScenarios } from '../../bench/lab/scenarios.js';
import { inProject } from '../../bench/paths.js';
import { noBinaries } from '../helpers/lab-smoke.js';

const rivals = otherRivals(noBinaries);
const docs = readFileSync(inProject('docs', 'benchmarking.md'), 'utf8');

test('each rival and each scenario is in docs/benchmarking.md', () => {
  const names = [...rivals.map(({ rival }) => rival.name), ...labScenarios.map(({ name }) => name)];
  assert.deepEqual(names.filter((name) => !docs.includes(`\`${name}\``)), []); // prettier-ignore
});

test('no two rivals have the same name', () => {
  assert.equal(new Set(rivals.map(({ rival }) => rival.name)).size, rivals.length);
});

test('nginx has a listener for each worker, and the backlog of the others', () => {
  const settings = {
    host: '127.0.0.1',
    port: 8080,
    workers: 3,
    backlogConnections: 4096,
    folder: '/tmp/x',
    launcher: [],
  };
  const text = nginxConfiguration(settings);
  assert.match(text, /^worker_processes 3;$/m);
  assert.match(text, /^ +listen 127\.0\.0\.1:8080 reuseport backlog=4096;$/m);
  assert.ok(text.includes('return 200 "hello\\n";'));
});

test('what is not installed is named with the packages that bring it; what Debian lacks has none', () => {
  const oha = findTool('oha');
  if (typeof oha === 'string') assert.equal(oha, 'oha is not installed (no package of Debian)');
  assert.deepEqual(missingPackages(['oha']), []);
  const wrk = findTool('wrk');
  assert.deepEqual(missingPackages(['wrk', 'wrk']), typeof wrk === 'string' ? ['wrk'] : []);
});

test('each scenario has a smoke test', () => {
  const folder = inProject('test', 'integration');
  const texts = readdirSync(folder)
    .filter((name) => /^lab-.*\.test\.ts$/.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const untried = labScenarios.filter(({ name }) => {
    const variable = name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const tried = String.raw`(smoke\('${name}'|smokeOf\(${variable},|Named\('${name}'\)|\['${name}', \[)`;
    return !new RegExp(tried).test(texts);
  });
  assert.deepEqual(untried.map(({ name }) => name), []); // prettier-ignore
});
