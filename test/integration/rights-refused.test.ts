// Users and groups that there are not, that the master may not become, or that cannot reach what a worker needs.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { namespacesDenied, WEB } from '../helpers/own-namespaces.js';
import { assertRefused, NOBODY, notRoot, temporaryFolder } from '../helpers/cli.js';
import { type CommandOptions, fixtures, root, runCommand } from '../helpers/reuseport.js';

const run = (args: string[], options: CommandOptions = {}) => runCommand(['run', ...args], options);
const script = 'http-hello.cjs';

test('an unknown user or group: said with where it comes from, exit code 2', async () => {
  assertRefused(
    await run([script, '--user', 'nosuchuser']),
    'ERR_CONFIG_INVALID',
    2,
    /user: there is no user "nosuchuser" on this system \(from --user\)/,
  );
  assertRefused(
    await run([script], { env: { REUSEPORT_GROUP: 'nosuchgroup' } }),
    'ERR_CONFIG_INVALID',
    2,
    /group: there is no group "nosuchgroup" on this system \(from REUSEPORT_GROUP\)/,
  );
});

test('a number without an account needs --group', { skip: notRoot }, async () => {
  const message = /user: 61998 has no account on this system, so its group is not known: give --group/;
  assertRefused(await run([script, '-u', '61998']), 'ERR_CONFIG_INVALID', 2, message);
});

test(
  'a master that is not root cannot start workers of another user, or of another group',
  { skip: notRoot },
  async () => {
    const options = { uid: NOBODY };
    const user = /the workers cannot run as user root: the master is nobody \(uid 65534\), .* \(from --user\)/;
    assertRefused(await run([script, '-u', 'root'], options), 'ERR_USER_DENIED', 2, user);
    const group = /the workers cannot run as group root: the master is nobody \(uid 65534\), .* \(from --group\)/;
    assertRefused(await run([script, '-u', 'nobody', '-g', 'root'], options), 'ERR_USER_DENIED', 2, group);
  },
);

test('root without CAP_KILL would start workers that it cannot stop', { skip: namespacesDenied }, async () => {
  const finished = await run(['-u', WEB.name, script], { through: ['setpriv', '--bounding-set', '-kill'] });
  const message = /cannot run as user web \(uid 61001\): the master is root, but without CAP_KILL\. Grant it/;
  assertRefused(finished, 'ERR_USER_DENIED', 2, message);
});

test('a script that the user cannot reach: which folder is in the way', { skip: namespacesDenied }, async () => {
  const closed = join(temporaryFolder(), 'closed');
  const inside = join(closed, 'app');
  mkdirSync(inside, { recursive: true });
  const path = join(inside, 'server.cjs');
  copyFileSync(join(fixtures, script), path);
  chmodSync(closed, 0o700);
  const message = `user web \\(uid ${WEB.uid}\\) cannot read the script ${path}: EACCES at ${closed}\\. Give that user the right`;
  assertRefused(await run([path, '-u', WEB.name]), 'ERR_USER_DENIED', 2, new RegExp(message));
  chmodSync(closed, 0o711);
  chmodSync(path, 0o600);
  const file = new RegExp(`cannot read the script ${path}: EACCES\\. `);
  assertRefused(await run([path, '-u', WEB.name]), 'ERR_USER_DENIED', 2, file);
});

test('a working folder that the user cannot enter', { skip: namespacesDenied }, async () => {
  const folder = temporaryFolder(0o700);
  const message = new RegExp(`cannot enter the working folder ${folder}: EACCES`);
  const args = [join(fixtures, script), '--chdir', folder, '-u', WEB.name];
  assertRefused(await run(args), 'ERR_USER_DENIED', 2, message);
});

test('reuseport itself in a folder of root: the bootstrap by its path', { skip: namespacesDenied }, async () => {
  const home = temporaryFolder(0o700);
  const copy = join(home, 'reuseport');
  mkdirSync(join(copy, 'dist', 'bundle'), { recursive: true });
  for (const file of ['package.json', 'dist/bundle/cli.js', 'dist/bundle/bootstrap.cjs', 'dist/bundle/package.json']) {
    copyFileSync(join(root, file), join(copy, file));
  }
  const env = { REUSEPORT_ADDON: join(root, 'build', 'Release', 'reuseport.node') };
  const options = { env, command: join(copy, 'dist', 'bundle', 'cli.js') };
  const message = new RegExp(
    `cannot read reuseport's bootstrap ${copy}/dist/bundle/bootstrap\\.cjs: EACCES at ${home}\\.`,
  );
  const finished = await run([join(fixtures, script), '-u', WEB.name], options);
  assertRefused(finished, 'ERR_USER_DENIED', 2, message);
  assert.equal(finished.stdout, '');
});
