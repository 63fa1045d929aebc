// The master as process 1 of a container: the kernel treats it as no other process, and everybody's orphans come to it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/cli.js';
import { withoutZombies } from '../helpers/descendants.js';
import { get } from '../helpers/http.js';
import { childrenOf, isAlive } from '../helpers/processes.js';
import { waitFor } from '../helpers/wait.js';
import { containersDenied as skip, startContained, statusOf } from './container-support.js';

/** So many that some end while the master looks at others. */
const ORPHANS = 30;

test('process 1 heeds the signals, and ends with exit code 0 and everything in the container', { skip }, async () => {
  const { service, first } = await startContained(['http-hello.cjs']);
  const port = await service.port();
  const before = await statusOf(service);
  assert.equal(before.pid, 1);
  process.kill(first, 'SIGHUP');
  await service.waitForEvent('reload-complete');
  process.kill(first, 'SIGTTIN');
  await service.waitForEvent('scale-complete');
  const after = await statusOf(service);
  assert.deepEqual([after.generation, after.workers.length], [2, 3]);
  assert.equal((await get(port)).status, 200);
  const workers = childrenOf(first);
  assert.equal(workers.length, 3);
  process.kill(first, 'SIGTERM');
  assert.equal((await service.end(null)).code, 0);
  assert.deepEqual([first, ...workers].filter(isAlive), []);
});

test('orphans of others are reaped, and how a worker has ended is known all the same', { skip }, async () => {
  const folder = temporaryFolder();
  const script = join(folder, 'server.cjs');
  writeFileSync(
    script,
    `require('node:http').createServer((request, response) => {
      if (request.url === '/exit') process.exit(7);
      response.end('ok');
    }).listen(0);`,
  );
  const { service, first } = await startContained([script], { workers: 1 });
  const port = await service.port();
  const orphans = `for i in $(seq ${ORPHANS}); do (sleep 0.0$((i % 7)) &); done; (sleep 600 &)`;
  const inside = ['--target', String(first), '--pid', '--mount', 'sh', '-c', orphans];
  for (let round = 1; round <= 3; round += 1) {
    execFileSync('nsenter', inside, { stdio: 'ignore' });
    await assert.rejects(get(port, '/exit'));
    await service.waitForEvent('worker-ready', round + 1);
    const [worker] = (await statusOf(service)).workers;
    assert.deepEqual([worker?.restarts, worker?.lastExit?.code, worker?.lastExit?.signal], [round, 7, null]);
  }
  // What no worker has started lives on, until the container ends.
  const living = await waitFor('the short ones to end', () => {
    const children = childrenOf(first);
    return children.length === 1 + 3 && children;
  });
  await withoutZombies(first);
  process.kill(first, 'SIGTERM');
  assert.equal((await service.end(null)).code, 0);
  assert.deepEqual(living.filter(isAlive), []);
});

test('a stop that comes before the service exists is heeded', { skip }, async () => {
  const folder = temporaryFolder();
  const config = join(folder, 'reuseport.config.mjs');
  const reading = join(folder, 'reading');
  writeFileSync(
    config,
    `import { writeFileSync } from 'node:fs';
    writeFileSync(${JSON.stringify(reading)}, '');
    await new Promise((resolve) => setTimeout(resolve, 600_000));
    export default {};`,
  );
  const { service, first } = await startContained(['--config', config, 'http-hello.cjs'], { ready: false });
  await waitFor('it to read its configuration', () => existsSync(reading));
  process.kill(first, 'SIGTERM');
  assert.equal((await service.end(null)).code, 0);
  assert.equal(isAlive(first), false);
});
