// Unix-domain sockets of workers that are another user's: the files are theirs.
import assert from 'node:assert/strict';
import { chownSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addonPath } from '../../src/native/load.js';
import { CERTS, namespacesDenied, WEB } from '../helpers/own-namespaces.js';
import { temporaryFolder } from '../helpers/cli.js';
import { get } from '../helpers/http.js';
import { answeredBy, printedLines, serviceFor } from './listen-support.js';

const skip = namespacesDenied;

/** A folder of the workers' user. */
function folderOfWeb(): string {
  const folder = temporaryFolder(0o755);
  chownSync(folder, WEB.uid, WEB.gid);
  return folder;
}

const bothAnswer = (socketPath: string) => answeredBy(2, async () => (await get(0, '/', { socketPath })).body);

test('the socket belongs to the user and its group, with the umask that was asked for', { skip }, async (t) => {
  const folder = folderOfWeb();
  const path = join(folder, 'a.sock');
  const args = ['-u', WEB.name, '-g', 'certs', '--umask', '117', 'listen-path.cjs'];
  const service = await serviceFor(t, args, { env: { OPTIONS: JSON.stringify({ path }) } });
  const { uid, gid, mode } = statSync(path);
  assert.deepEqual([uid, gid, mode & 0o777], [WEB.uid, CERTS, 0o660]);
  await bothAnswer(path);
  assert.equal((await service.command('reload')).code, 0);
  await bothAnswer(path);
  await service.end();
  assert.deepEqual(readdirSync(folder), []);
});

test('a program that removes an old file first can be reached, over a reload as well', { skip }, async (t) => {
  const path = join(folderOfWeb(), 'a.sock');
  const env = { OPTIONS: JSON.stringify({ path }), UNLINK_FIRST: '1' };
  const service = await serviceFor(t, ['-u', WEB.name, 'listen-path.cjs'], { env });
  await bothAnswer(path);
  assert.equal((await service.command('reload')).code, 0);
  await bothAnswer(path);
});

test("who may connect is the program's to say: readableAll and writableAll", { skip }, async (t) => {
  const path = join(folderOfWeb(), 'a.sock');
  const env = { OPTIONS: JSON.stringify({ path, readableAll: true, writableAll: true }) };
  await serviceFor(t, ['-u', WEB.name, '--umask', '077', 'listen-path.cjs'], { env });
  assert.equal(statSync(path).mode & 0o666, 0o666);
  await bothAnswer(path);
});

test(
  'a folder in which the user may not write is an error of the program; root makes no socket there',
  { skip },
  async (t) => {
    const folder = temporaryFolder(0o755);
    const path = join(folder, 'a.sock');
    const service = await serviceFor(t, ['-u', WEB.name, 'listen-path.cjs'], {
      env: { OPTIONS: JSON.stringify({ path }) },
      ready: false,
    });
    const { code } = await service.finished;
    assert.equal(code, 3);
    assert.match(service.stderr, /EACCES.*This user may not write in that folder/);
    assert.deepEqual(readdirSync(folder), []);
  },
);

test('what a hostile worker says neither ends the master nor makes root touch files of others', { skip }, async (t) => {
  const folder = temporaryFolder(0o711);
  const valuable = join(folder, 'valuable');
  writeFileSync(valuable, '');
  const env = { VALUABLE: valuable, ADDON: addonPath() };
  const service = await serviceFor(t, ['-u', WEB.name, 'rights-forged.cjs'], { workers: 1, env });
  const [line] = await printedLines<{ answers: string[] }>(service, 1);
  assert.deepEqual(line?.answers, ['refuse', 'refuse', 'kept']);
  const address = (await service.addresses()).find((text) => text.startsWith('127.0.0.1:'));
  assert.equal((await get(Number(address?.split(':')[1]))).body, 'served');
  assert.equal(service.logs.filter(({ event }) => event === 'bad-message').length, 16);
  await service.end();
  assert.deepEqual(readdirSync(folder), ['valuable']);
});
