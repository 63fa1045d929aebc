import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { type Service } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { answeredBy, serviceFor } from './listen-support.js';

async function answers(service: Service): Promise<Record<string, unknown>[]> {
  const port = await service.port();
  const bodies = await answeredBy(2, async () => (await get(port)).body);
  return [...bodies].toSorted().map((body) => JSON.parse(body) as Record<string, unknown>);
}

const warnings = (service: Service, code: string) => service.logs.filter((line) => line.code === code);

test('a program for node:cluster runs its worker branch in every worker', async (t) => {
  const service = await serviceFor(t, ['cluster-program.cjs']);
  const common = { isPrimary: false, isMaster: false, isWorker: true, connected: true, dead: false };
  const rest = { ...common, send: 'function', fork: 'undefined', setup: 'undefined' };
  assert.deepEqual(await answers(service), [
    { ...rest, id: 1 },
    { ...rest, id: 2 },
  ]);
  assert.doesNotMatch(service.stdout, /primary/);
  assert.equal(warnings(service, 'WARN_CLUSTER_PRIMARY').length, 1, 'one line says that the primary branch never runs');
  assert.equal(warnings(service, 'ERR_NO_PRIMARY').length, 1, 'one line says that messages are dropped');
});

for (const script of ['cluster-program.mjs', 'cluster-program-named.mjs']) {
  test(`an ES module for node:cluster runs its worker branch in every worker: ${script}`, async (t) => {
    const service = await serviceFor(t, [script]);
    assert.deepEqual(await answers(service), [
      { id: 1, isWorker: true, send: 'function' },
      { id: 2, isWorker: true, send: 'function' },
    ]);
    assert.doesNotMatch(service.stdout, /primary/);
    assert.equal(warnings(service, 'WARN_CLUSTER_PRIMARY').length, 1);
  });
}

test('a library that looks into node:cluster does not make the program one for it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'cluster-library-'));
  const library = join(folder, 'node_modules', 'looks');
  mkdirSync(library, { recursive: true });
  writeFileSync(join(library, 'index.js'), "module.exports = require('node:cluster').isWorker;");
  const serve = "require('node:http').createServer((_, response) => response.end(String(require('looks')))).listen(0);";
  writeFileSync(join(folder, 'program.cjs'), serve);
  const service = await serviceFor(t, [join(folder, 'program.cjs')]);
  t.after(() => rmSync(folder, { recursive: true }));
  assert.equal((await get(await service.port())).body, 'true');
  assert.deepEqual(warnings(service, 'WARN_CLUSTER_PRIMARY'), []);
});

test('process.send("ready") is ready, and its callback is called', async (t) => {
  const service = await serviceFor(t, ['cluster-ready.cjs'], { workers: 1 });
  await waitFor('the callback', () => service.stdout.includes('sent'));
});
