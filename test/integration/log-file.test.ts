// --log-file: the log and what the workers print, through rotation, a full disk and folders that are not there.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertRefused, NOBODY, notRoot, temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { type LogLine, runCommand, type Service, startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
}

/** The master's lines in a log file. */
function logsIn(path: string): LogLine[] {
  return linesOf(path).flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as LogLine] : []));
}

function printedIn(path: string): string[] {
  return linesOf(path).filter((line) => line.startsWith('printed '));
}

const eventsIn = (path: string) => logsIn(path).map(({ event }) => event);

async function startWith(path: string, args: readonly string[] = [], workers = 1): Promise<Service> {
  const starts = () => eventsIn(path).filter((event) => event === 'serving').length;
  const before = starts();
  const service = await startService(['--log-file', path, ...args, 'prints.cjs'], { workers, ready: false });
  await waitFor('the service to serve', () => starts() > before || service.child.exitCode !== null, {
    state: () => [service.stderr, linesOf(path)],
  });
  return service;
}

function portIn(path: string): number {
  const serving = logsIn(path).find(({ event }) => event === 'serving');
  const [address = ''] = (serving?.['addresses'] ?? []) as string[];
  return Number(address.slice(address.lastIndexOf(':') + 1));
}

test('the log and what workers print on either stream go to the file, and nothing to the terminal', async () => {
  const path = join(temporaryFolder(), 'web.log');
  const service = await startWith(path);
  const port = portIn(path);
  await get(port, '/out/1');
  await get(port, '/err/2');
  const { stdout, stderr } = await service.end();
  assert.deepEqual([stdout, stderr], ['', '']);
  assert.deepEqual(printedIn(path), ['printed /out/1', 'printed /err/2']);
  assert.deepEqual(
    ['starting', 'serving', 'stopped'].filter((event) => !eventsIn(path).includes(event)),
    [],
  );
  assert.equal(statSync(path).mode & 0o777, 0o640);
});

test('a second start goes on in the file of the first', async () => {
  const path = join(temporaryFolder(), 'web.log');
  for (let start = 0; start < 2; start += 1) await (await startWith(path)).end();
  assert.equal(eventsIn(path).filter((event) => event === 'stopped').length, 2);
});

test('after a rename and USR1 master and workers go on in a new file, and no line is lost', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'web.log');
  const service = await startWith(path, [], 2);
  const port = portIn(path);
  const answered = new Set<string>();
  const files = [path];
  let asked = 0;
  const ask = async () => answered.add((await get(port, `/out/${(asked += 1)}`)).body);
  for (let round = 1; round <= 3; round += 1) {
    for (let count = 0; count < 20; count += 1) await ask();
    const old = `${path}.${round}`;
    renameSync(path, old);
    files.push(old);
    service.kill('SIGUSR1');
    await waitFor('the new file', () => eventsIn(path).includes('logs-reopened'));
    // Each worker obeys between two requests; the other one is asked until it has.
    await waitFor('both workers to print into the new file', async () => {
      answered.clear();
      const before = printedIn(old).length;
      while (answered.size < 2) await ask();
      return printedIn(old).length === before;
    });
  }
  await service.end();
  assert.equal(files.flatMap(printedIn).length, asked);
  assert.equal(files.flatMap(logsIn).filter(({ event }) => event === 'stopped').length, 1);
  assert.ok(eventsIn(path).includes('stopped'));
});

test('a spare prints into the new file, too, when it has its slot', async () => {
  const path = join(temporaryFolder(), 'web.log');
  const service = await startWith(path, ['--spares', '1']);
  const before = Number((await get(portIn(path))).body);
  await waitFor('a spare', async () => (await service.status()).workers.some(({ state }) => state === 'spare'));
  renameSync(path, `${path}.1`);
  service.kill('SIGUSR1');
  await waitFor('the new file', () => eventsIn(path).includes('logs-reopened'));
  process.kill(before, 'SIGKILL');
  await waitFor('the spare to serve', () => eventsIn(path).includes('worker-ready'));
  const port = portIn(`${path}.1`);
  let asked = 0;
  await waitFor('the spare to print there', async () => {
    asked += 1;
    await get(port, `/out/${asked}`);
    return printedIn(path).length > 0;
  });
  await service.end();
  assert.equal(printedIn(path).length + printedIn(`${path}.1`).length, asked + 1);
});

test('where the new file cannot be made the log goes on in the old one, and says so', async () => {
  const folder = join(temporaryFolder(), 'logs');
  mkdirSync(folder);
  const path = join(folder, 'web.log');
  const service = await startWith(path);
  const port = portIn(path);
  const moved = join(`${folder}-moved`, 'web.log');
  renameSync(folder, `${folder}-moved`);
  service.kill('SIGUSR1');
  await waitFor('the complaint', () => eventsIn(moved).includes('logs-not-reopened'));
  await get(port, '/out/1');
  await service.end();
  const line = logsIn(moved).find(({ event }) => event === 'logs-not-reopened');
  assert.equal(line?.code, 'ERR_LOG_FILE');
  assert.match(
    line?.msg ?? '',
    /web\.log cannot be opened: ENOENT: its folder does not exist\..* It goes on where it was/,
  );
  assert.deepEqual(printedIn(moved), ['printed /out/1']);
  assert.ok(eventsIn(moved).includes('stopped'));
});

test('a file that cannot be opened is refused before anything starts', async () => {
  const folder = temporaryFolder();
  const control = ['--control', join(folder, 'c.sock'), 'prints.cjs'];
  const missing = await runCommand(['--log-file', join(folder, 'none', 'web.log'), ...control]);
  assertRefused(
    missing,
    'ERR_LOG_FILE',
    2,
    /--log-file \S+ cannot be opened: ENOENT: its folder does not exist\. Make it/,
  );
  const isFolder = await runCommand(['--log-file', folder, ...control]);
  assertRefused(isFolder, 'ERR_LOG_FILE', 2, /EISDIR: it is a folder/);
});

test('a file that this user may not write is refused', { skip: notRoot }, async () => {
  const folder = temporaryFolder();
  const args = ['--log-file', join(folder, 'web.log'), '--control', join(folder, 'c.sock'), 'prints.cjs'];
  assertRefused(await runCommand(args, { uid: NOBODY }), 'ERR_LOG_FILE', 2, /EACCES: this user may not write there/);
});

test('on a full disk the service serves, standard error says why once, and has every line in the end', async () => {
  const service = await startService(['--log-file', '/dev/full', 'cli-slot.mjs'], { workers: 1, ready: false });
  const refusal = await waitFor('the complaint', () => service.logs[0]);
  assert.deepEqual([refusal.event, refusal.code], ['log-refused', 'ERR_LOG_FILE']);
  assert.match(refusal.msg, /\/dev\/full cannot be written: ENOSPC/);
  await waitFor('a worker that is ready', async () => {
    const { code, stdout } = await service.command('status', '--json');
    return code === 0 && stdout.includes('"ready"');
  });
  await service.end();
  const events = service.logs.map(({ event }) => event);
  assert.equal(events.filter((event) => event === 'log-refused').length, 1);
  assert.deepEqual(
    ['starting', 'worker-ready', 'serving', 'stopped'].filter((event) => !events.includes(event)),
    [],
  );
});
