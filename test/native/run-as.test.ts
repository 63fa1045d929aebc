// The launcher, which does things as another user: through its own command line.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';

import { addonPath } from '../../src/native/load.js';
import { callAs, findLauncher } from '../../src/privilege/run-as.js';

const launcher = findLauncher(addonPath());
const NOBODY = 65_534;
const skip = process.getuid?.() === 0 ? false : 'needs root, to become another user';
const nobody = { uid: NOBODY, gid: NOBODY, groups: [NOBODY, 61_001, 61_002] };

function run(words: string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(launcher, words, { env, encoding: 'utf8' });
}

function statusAs(...identity: string[]): Map<string, string> {
  const { stdout, stderr } = run([...identity, '-', 'exec', '/bin/cat', '/proc/self/status']);
  assert.equal(stderr, '');
  return new Map(
    stdout.split('\n').map((line) => [line.split(':')[0] ?? '', line.split('\t').slice(1).join(' ').trim()]),
  );
}

test('real, effective and saved ids, the groups, and no capability of root', { skip }, () => {
  const status = statusAs(String(NOBODY), '61001', '61002,61003');
  assert.equal(status.get('Uid'), `${NOBODY} ${NOBODY} ${NOBODY} ${NOBODY}`);
  assert.equal(status.get('Gid'), '61001 61001 61001 61001');
  assert.equal(status.get('Groups'), '61002 61003');
  for (const set of ['CapPrm', 'CapEff', 'CapAmb']) assert.match(status.get(set) ?? '', /^0+$/);
});

test('no groups at all are none, not those of root', { skip }, () => {
  assert.equal(statusAs(String(NOBODY), '61001', '').get('Groups'), '');
});

test('"-" keeps user, groups and umask', () => {
  const { stdout } = run(['-', '-', '-', '-', 'exec', '/bin/sh', '-c', 'id -u; umask']);
  assert.equal(stdout, `${process.getuid?.()}\n${process.umask().toString(8).padStart(4, '0')}\n`);
});

test('the umask is octal', () => {
  assert.equal(run(['-', '-', '-', '27', 'exec', '/bin/sh', '-c', 'umask']).stdout, '0027\n');
});

test('the program gets the marked variables, and none of the rest', () => {
  const { stdout } = run(['-', '-', '-', '-', 'exec', '/usr/bin/env'], { '@A': '1', B: '2', '@C': '@3' });
  assert.deepEqual(stdout.trimEnd().split('\n').toSorted(), ['A=1', 'C=@3']);
});

test("LD_PRELOAD of the program is not loaded into the launcher, which is still root's", () => {
  const { stderr } = run(['-', '-', '-', '-', 'exec', '/bin/true'], { '@LD_PRELOAD': '/no/such/library.so' });
  assert.ok(stderr.split('/no/such/library.so').length - 1 <= 1, stderr);
});

test('without the right for it nothing is done, and the reason is told', { skip }, () => {
  const words = [launcher, '0', '0', '', '-', 'exec', '/bin/true'];
  const { status, stderr } = spawnSync('setpriv', ['--reuid', '65534', '--clear-groups', ...words], {
    encoding: 'utf8',
  });
  assert.deepEqual([status, stderr], [125, 'setgroups: Operation not permitted\n']);
});

test('a wrong command line does nothing', () => {
  for (const words of [
    [],
    ['-', '-', '-', '-', 'exec'],
    ['x', '1', '1', '-', 'exec', '/bin/true'],
    ['1', '1', '1,x', '-', 'exec', '/bin/true'],
    ['-', '-', '-', '8', 'exec', '/bin/true'],
    ['-', '-', '-', '-', 'sing', '/bin/true'],
    ['-', '-', '-', '-', 'act', 'read'],
    ['-', '-', '-', '-', 'act', 'link', '/a'],
  ]) {
    const { status, stdout } = run(words);
    assert.deepEqual([status, stdout], [125, ''], words.join(' '));
  }
});

test('a program that is not there: exit code 126 and its name', () => {
  const { status, stderr } = run(['-', '-', '-', '-', 'exec', '/no/such/program']);
  assert.deepEqual([status, stderr], [126, '/no/such/program: No such file or directory\n']);
});

/** A folder of root with a file for its owner alone, and a folder of nobody's. */
function folders(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'run-as-'));
  t.after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  const secret = join(folder, 'secret');
  writeFileSync(secret, '');
  chmodSync(secret, 0o600);
  const own = join(folder, 'own');
  mkdirSync(own);
  chownSync(own, NOBODY, NOBODY);
  const file = join(own, 'file');
  writeFileSync(file, '');
  chownSync(file, NOBODY, NOBODY);
  return { folder, secret, own, file };
}

test('questions are answered for that user, and changes are made with its rights alone', { skip }, (t) => {
  const { folder, secret, own, file } = folders(t);
  const answers = callAs(launcher, nobody, [
    ['read', folder],
    ['read', secret],
    ['execute', file],
    ['unlink', secret],
    ['link', secret, join(own, 'stolen')],
    ['link', file, join(folder, 'out')],
    ['link', file, join(own, 'link')],
    ['unlink', file],
    ['unlink', file],
  ]);
  // A link to a file of others: EPERM where the kernel protects them (fs.protected_hardlinks).
  assert.equal(answers[4] === null || answers[4] === 'EPERM', true);
  assert.deepEqual(answers.with(4, null), [null, 'EACCES', 'EACCES', 'EACCES', null, 'EACCES', null, null, 'ENOENT']);
  assert.ok(existsSync(secret) && existsSync(join(own, 'link')) && !existsSync(file));
});

test('an identity that cannot be had, or a launcher that cannot be run, is an error of its own', () => {
  const impossible = { ...nobody, uid: 2 ** 32 };
  assert.throws(() => callAs(launcher, impossible, [['read', '/']]), {
    code: 'ERR_USER_DENIED',
    message: /a user id is/,
  });
  const missing = { code: 'ERR_USER_DENIED', message: /ENOENT/ };
  assert.throws(() => callAs('/no/such/launcher', nobody, [['read', '/']]), missing);
});
