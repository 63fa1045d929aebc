import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test, type TestContext } from 'node:test';
import { get } from '../helpers/http.js';
import { fixtures, type Service } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { answeredBy, printed, printedLines, serviceFor } from './listen-support.js';

interface Line {
  pid?: number;
  address?: string;
  closed?: number;
}

async function start(t: TestContext, options: Record<string, unknown>, env: NodeJS.ProcessEnv = {}) {
  const service = await serviceFor(t, ['listen-path.cjs'], { env: { OPTIONS: JSON.stringify(options), ...env } });
  const [line] = await printedLines<Line>(service, 2);
  assert.equal(line?.address, options['path'], 'address() is the path that the program gave');
  return service;
}

const bothAnswer = (socketPath: string) => answeredBy(2, async () => (await get(0, '/', { socketPath })).body);

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'listen-path-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function reload(service: Service): Promise<void> {
  const { code, stderr } = await service.command('reload');
  assert.equal(code, 0, stderr);
}

test('a path is shared by all workers, over a reload as well, and its file is removed at the stop', async (t) => {
  const path = join(folderFor(t), 'a.sock');
  const service = await start(t, { path });
  await bothAnswer(path);
  await reload(service);
  await bothAnswer(path);
  await service.end();
  assert.equal(existsSync(path), false);
});

test('a worker that closes its server on a path leaves it to the others; with the last the file goes', async (t) => {
  const path = join(folderFor(t), 'a.sock');
  const service = await start(t, { path });
  const [one = 0, other = 0] = await service.workerPids();
  const closes = async (pid: number) => {
    process.kill(pid, 'SIGUSR2');
    await waitFor(`${pid} to close`, () => printed<Line>(service.stdout).some(({ closed }) => closed === pid));
  };
  await closes(one);
  for (let count = 0; count < 10; count += 1)
    assert.equal((await get(0, '/', { socketPath: path })).body, String(other));
  await closes(other);
  await waitFor('the file to go', () => !existsSync(path));
});

test('readableAll and writableAll open the socket to every user', async (t) => {
  const path = join(folderFor(t), 'a.sock');
  await start(t, { path, readableAll: true, writableAll: true });
  assert.equal(statSync(path).mode & 0o666, 0o666);
  await bothAnswer(path);
});

test('a relative path is one from the working directory', async (t) => {
  const path = join(folderFor(t), 'a.sock');
  const service = await start(t, { path: relative(fixtures, path) });
  await bothAnswer(path);
  await service.end();
  assert.equal(existsSync(path), false);
});

test('a name in the abstract namespace is shared like a path', async (t) => {
  const path = `\0reuseport-test-${process.pid}`;
  await start(t, { path });
  await bothAnswer(path);
});

test('a program that removes an old file before it listens can be reached, over a reload as well', async (t) => {
  const path = join(folderFor(t), 'a.sock');
  const service = await start(t, { path }, { UNLINK_FIRST: '1' });
  await bothAnswer(path);
  await reload(service);
  await bothAnswer(path);
  await service.end();
  assert.equal(existsSync(path), false);
});
