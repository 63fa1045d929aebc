import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { fixtures, root } from '../helpers/reuseport.js';
import { plainNode, serviceFor } from './listen-support.js';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const stripsTypes = major > 22 || (major === 22 && minor >= 18);

const scripts = [
  { name: 'CommonJS', script: 'script-facts.cjs' },
  { name: 'an ES module with top-level await', script: 'script-facts.mjs' },
  { name: 'an ES module by "type": "module"', script: 'scripts-esm/script-facts.js' },
  {
    name: 'TypeScript',
    script: 'scripts-ts/script-facts.mts',
    skip: stripsTypes ? false : 'this Node strips no types',
  },
];

for (const { name, script, skip = false } of scripts) {
  test(`a program sees of itself what it sees under plain node: ${name}`, { skip }, async (t) => {
    const args = ['one', '--two', '--workers'];
    const plain = JSON.parse(await plainNode(script, args, { PLAIN: '1', GREETING: 'hello' })) as unknown;
    const service = await serviceFor(t, [script, '--', ...args], { env: { GREETING: 'hello' }, workers: 1 });
    const { body } = await get(await service.port());
    assert.deepEqual(JSON.parse(body), plain);
  });
}

test('--node-arg, --env and --chdir reach the program', async (t) => {
  const args = [
    '--node-arg',
    '--title=mine',
    '--env',
    'GREETING=hello',
    '--chdir',
    root,
    join(fixtures, 'script-facts.cjs'),
  ];
  const service = await serviceFor(t, args, { workers: 1 });
  const facts = JSON.parse((await get(await service.port())).body) as Record<string, unknown>;
  assert.equal(facts['title'], 'mine');
  assert.equal(facts['greeting'], 'hello');
  assert.equal(facts['cwd'], root);
});
