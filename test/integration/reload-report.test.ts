// What `reload` says of itself: how long it took, and what was served and handed over meanwhile.
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ReloadReport } from '../../src/supervisor/reload-report.js';
import { temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { endClientsAfter, KeepAliveClient } from '../helpers/keep-alive.js';
import { startService } from '../helpers/reuseport.js';

async function startGated(...args: string[]) {
  const gate = join(temporaryFolder(), 'gate');
  const service = await startService([...args, 'gated.cjs'], { env: { GATE: gate } });
  return { gate, service, port: await service.port() };
}

test('connections are counted that came from the beginning of the reload to its end, on workers that go and that stay', async () => {
  const { gate, service, port } = await startGated();
  for (let index = 0; index < 5; index += 1) await get(port);
  writeFileSync(gate, '');
  const reload = service.command('reload', '--json');
  await service.waitForEvent('reload-started');
  // Answered by workers that have told before what they had accepted until then.
  assert.equal((await service.status()).lastReload, null);
  for (let index = 0; index < 20; index += 1) await get(port);
  rmSync(gate);
  const { code, stdout, stderr } = await reload;
  assert.equal(code, 0, stderr);
  const report = JSON.parse(stdout) as ReloadReport;
  const { generation, complete, workers, accepted, uncountedWorkers, handedOver, stolen, migrated } = report;
  assert.deepEqual(
    { generation, complete, workers, accepted, uncountedWorkers, handedOver, stolen, migrated },
    {
      generation: 2,
      complete: true,
      workers: 2,
      accepted: 20,
      uncountedWorkers: 0,
      handedOver: 0,
      stolen: 0,
      migrated: 0,
    },
  );
  assert.ok(report.tookMs > 0 && Date.parse(report.endedAt) <= Date.now());
  assert.ok(Object.values(report.namespace ?? {}).every((count) => count >= 0));
  for (let index = 0; index < 5; index += 1) await get(port);
  assert.deepEqual((await service.status()).lastReload, report, 'what came later is not counted');
  await service.end();
});

test('connections that are handed over open are counted, and are not accepted anew', async (t) => {
  endClientsAfter(t);
  const service = await startService(['http-hello.cjs']);
  await KeepAliveClient.openUsed(await service.port(), 6);
  const { code, stdout, stderr } = await service.command('reload');
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^reloaded: generation 2, 2 workers, \d+ ms\n {2}meanwhile: 0 connections accepted, 6 handed over open\n/,
  );
  assert.match(
    stdout,
    /^ {2}this network namespace, by all in it: \d+ resets sent, \d+ connections reset, \d+ dropped/m,
  );
  await service.end('SIGINT');
});

test('a worker that has to be killed is said not to be counted', async () => {
  const { service, port } = await startGated('--graceful-timeout', '2s');
  const hung = new EventEmitter();
  const begun = once(hung, 'begun');
  const cut = assert.rejects(get(port, '/hang', {}, () => hung.emit('begun')));
  await begun;
  const { code, stdout, stderr } = await service.command('reload');
  assert.equal(code, 0, stderr);
  assert.match(stdout, /0 connections accepted \(without 1 worker that did not say\)/);
  await cut;
  await service.end();
});

test('a reload that is aborted is kept as what it was', async () => {
  const { gate, service } = await startGated('--ready-timeout', '1s');
  writeFileSync(gate, '');
  const { code, stdout } = await service.command('reload', '--json');
  assert.deepEqual([code, stdout], [1, '']);
  const { lastReload } = await service.status();
  assert.deepEqual([lastReload?.generation, lastReload?.complete, lastReload?.uncountedWorkers], [2, false, 0]);
  rmSync(gate);
  await service.end();
});
