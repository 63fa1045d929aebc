import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReuseportError } from '../../src/errors.js';
import type { AccountAddon, UserAccount } from '../../src/native/account-addon.js';
import { handsDownSteering, missingRights } from '../../src/privilege/effective-rights.js';
import { findObstacle, questionsOf } from '../../src/privilege/reach.js';
import { commandAs } from '../../src/privilege/run-as.js';
import { userEnvironment } from '../../src/privilege/user-environment.js';
import { resolveWorkerUser, type Wish } from '../../src/privilege/worker-user.js';

const WEB: UserAccount = { name: 'web', uid: 33, gid: 33, home: '/srv', shell: '/bin/sh' };
const ROOT: UserAccount = { name: 'root', uid: 0, gid: 0, home: '/root', shell: '/bin/bash' };
/** Somebody's name is a number, and not his own. */
const NUMBER: UserAccount = { ...WEB, name: '44', uid: 45, gid: 46 };

const users = [WEB, ROOT, NUMBER];
const accounts: AccountAddon = {
  findUser: (key) => users.find(({ name, uid }) => key === name || key === uid) ?? null,
  findGroup: (key) => [{ name: 'certs', gid: 70 }].find(({ name, gid }) => key === name || key === gid) ?? null,
  groupsOfUser: (name, gid) => [gid, ...(name === 'web' ? [70, 71] : [])],
};

const asRoot = { uid: 0, gid: 0 };
const asWeb = { uid: 33, gid: 33 };

function resolve(user: string | undefined, group?: string, master = asRoot) {
  const wish: Wish = { user, group, userSource: 'from --user', groupSource: 'from --group' };
  return resolveWorkerUser(wish, accounts, master);
}

function refusal(...args: Parameters<typeof resolve>): string {
  try {
    resolve(...args);
  } catch (error) {
    assert.ok(error instanceof ReuseportError);
    return `${error.code}: ${error.message}`;
  }
  return assert.fail('not refused');
}

test('a user is found by name or number, with its primary and its other groups', () => {
  const found = { uid: 33, gid: 33, groups: [33, 70, 71], title: 'web', account: WEB };
  assert.deepEqual(resolve('web'), found);
  assert.deepEqual(resolve('33'), found);
});

test('a name of digits comes before a number', () => {
  assert.deepEqual([resolve('44')?.uid, resolve('45')?.uid], [45, 45]);
});

test('--group replaces the primary group, by name or number, and need not have an account', () => {
  assert.deepEqual([resolve('web', 'certs')?.gid, resolve('web', '70')?.gid], [70, 70]);
  assert.deepEqual(resolve('web', '12345')?.groups, [12_345, 70, 71]);
});

test('a number without an account has the group that is given and no other', () => {
  assert.deepEqual(resolve('500', '600'), { uid: 500, gid: 600, groups: [600], title: '500', account: null });
  assert.match(refusal('500'), /^ERR_CONFIG_INVALID: user: 500 has no account .* give --group \(from --user\)$/);
});

test('--group alone is for the user that the master is', () => {
  assert.deepEqual(resolve(undefined, 'certs'), { uid: 0, gid: 70, groups: [70], title: 'root', account: ROOT });
});

test('nothing asked for, or what the master is already, changes nothing', () => {
  assert.equal(resolve(undefined), null);
  assert.equal(resolve('root'), null);
  assert.equal(resolve('0', '0'), null);
  assert.equal(resolve('web', undefined, asWeb), null);
  assert.equal(resolve('web', '33', asWeb), null);
});

test('names that there are not, and numbers that cannot be ids', () => {
  assert.match(refusal('nobody'), /^ERR_CONFIG_INVALID: user: there is no user "nobody" .*\(from --user\)$/);
  assert.match(refusal('web', 'no'), /^ERR_CONFIG_INVALID: group: there is no group "no" .*\(from --group\)$/);
  assert.match(refusal('4294967295', '1'), /no user "4294967295"/);
});

test('a master that is not root may have no others', () => {
  assert.match(refusal('root', undefined, asWeb), /^ERR_USER_DENIED: .* as user root: the master is web \(uid 33\)/);
  assert.match(refusal('web', 'certs', asWeb), /^ERR_USER_DENIED: .* as group certs: the master is web .*--group\)$/);
});

test('the environment is of the user; without an account it has no name', () => {
  const environment = userEnvironment({ uid: 33, gid: 33, groups: [], title: 'web', account: WEB });
  const XDG_RUNTIME_DIR = undefined;
  assert.deepEqual(environment, { HOME: '/srv', USER: 'web', LOGNAME: 'web', SHELL: '/bin/sh', XDG_RUNTIME_DIR });
  const nameless = userEnvironment({ uid: 5, gid: 5, groups: [], title: '5', account: null });
  assert.deepEqual(JSON.parse(JSON.stringify(nameless)), { HOME: '/' });
});

test('every folder above a path is asked for, from the root on', () => {
  assert.deepEqual(questionsOf({ what: 'x', path: '/a/b/c', verb: 'read', otherwise: '' }), [
    ['execute', '/'],
    ['execute', '/a'],
    ['execute', '/a/b'],
    ['read', '/a/b/c'],
  ]);
  assert.deepEqual(questionsOf({ what: 'x', path: '/a', verb: 'enter', otherwise: '' }).at(-1), ['execute', '/a']);
});

test('the first obstacle on the way to the first path that is out of reach', () => {
  const needed = ['/open/file', '/shut/deep/file'].map((path) => ({
    what: 'x',
    path,
    verb: 'read' as const,
    otherwise: '',
  }));
  const ask = (shut: string) =>
    findObstacle(needed, (all) => all.map(([, path]) => (path.startsWith(shut) ? 'EACCES' : null)));
  assert.deepEqual(ask('/shut'), { needed: needed[1], deniedBy: '/shut', errno: 'EACCES' });
  assert.deepEqual(ask('/open/file')?.deniedBy, '/open/file');
  assert.equal(ask('/elsewhere'), null);
});

test('what root lacks in a container', () => {
  assert.deepEqual(missingRights('Name:\tnode\nCapEff:\t000001fffeffffff\n'), []);
  assert.deepEqual(missingRights('CapEff:\t00000000000000c0\n'), ['CAP_KILL']);
  assert.deepEqual(missingRights('CapEff:\t0000000000000000\n'), ['CAP_KILL', 'CAP_SETGID', 'CAP_SETUID']);
});

test('CAP_BPF and CAP_PERFMON in the ambient set go on to children; in the others they do not', () => {
  assert.equal(handsDownSteering('CapAmb:\t0000004000000000\n'), true);
  assert.equal(handsDownSteering('CapEff:\t0000008000000400\nCapAmb:\t0000008000000400\n'), true);
  assert.equal(handsDownSteering('CapEff:\t0000008000000400\nCapAmb:\t0000000000000400\n'), false);
});

test("the launcher's own environment has none of the program's variables, by their names", () => {
  const runAs = { launcher: '/l', identity: { uid: 1, gid: 2, groups: [2, 3] }, umask: 0o27 };
  assert.deepEqual(commandAs(runAs, '/node', ['a', 'b'], { LD_PRELOAD: 'x', GONE: undefined }), {
    executable: '/l',
    args: ['1', '2', '2,3', '27', 'exec', '/node', 'a', 'b'],
    env: { '@LD_PRELOAD': 'x' },
  });
  const { args } = commandAs({ ...runAs, identity: null, umask: null }, '/node', [], {});
  assert.deepEqual(args, ['-', '-', '-', '-', 'exec', '/node']);
});
