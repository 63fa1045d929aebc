// Signals to the master: what each asks for happens, and the last exit code is 0.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { cliPath, endOf, temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { childrenOf, isAlive } from '../helpers/processes.js';
import { fixtures, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

for (const [signal, mode] of [
  ['SIGTERM', 'graceful'],
  ['SIGINT', 'quick'],
  ['SIGQUIT', 'quick'],
] as const) {
  test(`${signal} stops the service (${mode}) with exit code 0`, async () => {
    const service = await startService(['cli-slot.mjs']);
    const { code, stderr } = await service.end(signal);
    assert.equal(code, 0, stderr);
    assert.ok(service.logs.some(({ msg }) => msg === `stopping (${mode})`));
    assert.equal(service.logs.at(-1)?.event, 'stopped');
  });
}

test('signals until the process is gone do not make a death of a clean end', async () => {
  const service = await startService(['cli-slot.mjs'], { workers: 1 });
  while (service.child.exitCode === null && service.child.signalCode === null) {
    service.kill('SIGTERM');
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { code, signal } = await service.end(null);
  assert.deepEqual({ code, signal }, { code: 0, signal: null });
});

test('HUP reloads, TTIN and TTOU add and take a worker, USR1 ends nothing', async () => {
  const service = await startService(['cli-slot.mjs'], { workers: 1 });
  service.kill('SIGHUP');
  await service.waitForEvent('reload-complete');
  service.kill('SIGTTIN');
  await service.waitForEvent('scale-complete');
  assert.equal((await service.status()).workers.length, 2);
  service.kill('SIGTTOU');
  await service.waitForEvent('scale-complete', 2);
  service.kill('SIGTTOU');
  await service.waitForEvent('scale-complete', 3);
  assert.equal((await service.status()).workers.length, 1, 'the last worker stays');
  service.kill('SIGUSR1');
  assert.equal((await service.status()).generation, 2);
  assert.doesNotMatch(service.stderr, /Debugger listening/);
  await service.end();
});

test('a second INT kills workers whose own handlers hang', async () => {
  const service = await startService(['cli-ignores-int.mjs'], { workers: 1 });
  const port = await service.port();
  service.kill('SIGINT');
  await service.waitForEvent('stopping');
  assert.equal((await get(port)).body, 'still here', 'the first INT leaves the program its time');
  service.kill('SIGINT');
  const { code } = await service.end(null);
  assert.equal(code, 0);
  assert.equal(service.logs.find(({ event }) => event === 'worker-exited')?.['signal'], 'SIGKILL');
});

test('a Ctrl-C in a terminal reaches the master alone, which ends all with exit code 0', async () => {
  const control = join(temporaryFolder(), 'c.sock');
  const command = `exec ${process.execPath} ${cliPath} -w 2 --control ${control} cli-slot.mjs`;
  // script(1) gives the command a terminal, and types into it what it reads.
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    cwd: fixtures,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  child.stdout.on('data', (data: Buffer) => (screen += data.toString()));
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  try {
    await waitFor('the service to serve', () => screen.includes('serves on'), { state: () => screen });
    const [master = 0] = childrenOf(child.pid ?? 0);
    const workers = childrenOf(master);
    assert.equal(workers.length, 2);
    child.stdin.write('\x03');
    assert.equal(await closed, 0, screen);
    assert.match(screen, /stopping \(quick\)/);
    assert.doesNotMatch(screen, /stopping \(kill\)/);
    assert.match(screen, /stopped\r?\n$/);
    assert.deepEqual(workers.filter(isAlive), []);
  } finally {
    await endOf(child);
  }
});

test('a signal during the start leaves nothing behind', async () => {
  const { Service } = await import('../helpers/reuseport.js');
  for (const event of ['starting', 'worker-started']) {
    const service = new Service(['cli-slow-start.mjs'], { ready: false, env: { DELAY: '60000' } });
    await service.waitForEvent(event);
    assert.equal((await service.end('SIGTERM')).code, 0);
  }
});

test('a master suspended during a start counts what came in meanwhile before its deadlines', async () => {
  const env = { DELAY: '300' };
  const service = await startService(['--ready-timeout', '1200ms', 'cli-slow-start.mjs'], { workers: 1, env });
  service.kill('SIGHUP');
  await service.waitForEvent('worker-started', 2);
  service.kill('SIGSTOP');
  // The fault itself: longer than the ready time-out, while the successor gets ready.
  await delay(1_500);
  service.kill('SIGCONT');
  await service.waitForEvent('reload-complete');
  assert.equal(service.logs.filter(({ event }) => event === 'worker-not-ready').length, 0);
  await service.end();
});

test('a suspended master loses no request, and suspended workers go on where they were', async () => {
  const service = await startService(['cli-slot.mjs']);
  const port = await service.port();
  const workers = await service.workerPids();
  service.kill('SIGSTOP');
  for (let index = 0; index < 20; index += 1) assert.equal((await get(port)).status, 200);
  service.kill('SIGCONT');
  for (const pid of workers) process.kill(pid, 'SIGSTOP');
  const waiting = Promise.all(Array.from({ length: 20 }, () => get(port)));
  await waitFor('the connections to be queued', async () => {
    const { listeners } = await service.status();
    return (listeners[0]?.slots ?? []).reduce((sum, { queued }) => sum + queued, 0) === 20;
  });
  for (const pid of workers) process.kill(pid, 'SIGCONT');
  assert.ok((await waiting).every(({ status }) => status === 200));
  assert.deepEqual(await service.workerPids(), workers);
  await service.end();
});
