import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { userInfo } from 'node:os';

import { addon, keepsDescriptors } from './support.js';

const NOBODY_HAS = 61_997;

test('a user is found by name and by number, as the system itself tells it', () =>
  keepsDescriptors(() => {
    const { username, uid, gid, homedir, shell } = userInfo();
    const expected = { name: username, uid, gid, home: homedir, shell };
    assert.deepEqual(addon.findUser(username), expected);
    assert.deepEqual(addon.findUser(uid), expected);
  }));

test('a group is found by name and by number', () => {
  const found = addon.findGroup(0);
  assert.equal(found?.gid, 0);
  assert.deepEqual(addon.findGroup(found.name), found);
});

test('what there is not is null', () => {
  assert.equal(addon.findUser('no such user'), null);
  assert.equal(addon.findUser(NOBODY_HAS), null);
  assert.equal(addon.findGroup('no such group'), null);
  assert.equal(addon.findGroup(NOBODY_HAS), null);
});

test("a user's groups are those that id(1) tells, and the one that is given", () => {
  const { username } = userInfo();
  const told = execFileSync('id', ['-G', username], { encoding: 'utf8' }).trim().split(' ').map(Number);
  const expected = new Set([...told, NOBODY_HAS]);
  const found = addon.groupsOfUser(username, NOBODY_HAS);
  assert.ok(found.includes(NOBODY_HAS));
  for (const gid of found) assert.ok(expected.has(gid), String(gid));
  assert.deepEqual(addon.groupsOfUser('no such user', NOBODY_HAS), [NOBODY_HAS]);
});
