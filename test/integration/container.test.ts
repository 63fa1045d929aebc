// The master as process 1 of a container: the kernel treats it as no other process, and everybody's orphans come to it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Status } from '../../src/observe/status.js';
import { temporaryFolder } from '../helpers/cli.js';
import { withoutZombies } from '../helpers/descendants.js';
import { get } from '../helpers/http.js';
import { noUnshare } from '../helpers/namespace.js';
import { childrenOf, isAlive } from '../helpers/processes.js';
import { type Service, startService, type StartOptions } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const FLAGS = ['--pid', '--fork', '--mount-proc'];
const skip = noUnshare(...FLAGS);
const through = ['unshare', ...FLAGS, '--kill-child'];
/** So many that some end while the master looks at others. */
const ORPHANS = 30;

/** The service, and the pid of its process 1 as it is outside. */
async function startContained(args: readonly string[], options: StartOptions = {}) {
  const service = await startService(args, { through, ...options });
  const first = await waitFor('process 1', () => childrenOf(service.pid)[0]);
  return { service, first };
}

/** Pids in it are those inside. */
async function statusOf(service: Service): Promise<Status> {
  const { code, stdout, stderr } = await service.command('status', '--json');
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Status;
}

function pidsOf({ workers }: Status): (number | null)[] {
  return workers.map(({ pid }) => pid);
}

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

test('an upgrade is refused with the reason, and changes nothing', { skip }, async () => {
  const { service, first } = await startContained(['http-hello.cjs']);
  const before = await statusOf(service);
  const { code, stderr } = await service.command('upgrade');
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^reuseport: ERR_UPGRADE_FAILED: this master is process 1 of its container, and cannot go: .*--init/,
  );
  process.kill(first, 'SIGUSR2');
  const refused = await service.waitForEvent('upgrade-refused', 2);
  assert.equal(refused.code, 'ERR_UPGRADE_FAILED');
  const after = await statusOf(service);
  assert.deepEqual([after.pid, pidsOf(after)], [1, pidsOf(before)]);
  process.kill(first, 'SIGINT');
  assert.equal((await service.end(null)).code, 0);
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
