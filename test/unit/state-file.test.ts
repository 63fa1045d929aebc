import assert from 'node:assert/strict';
import { chownSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Logger } from '../../src/observe/log.js';
import type { Legacy } from '../../src/supervisor/legacy.js';
import { StateFile } from '../../src/supervisor/state-file.js';
import { notRoot, temporaryFolder } from '../helpers/cli.js';

const LEGACY: Legacy = {
  configured: { workers: 'auto', steer: 'auto' },
  changed: { workers: 3, steer: 'weighted:1,2' },
  hold: { from: 2, to: 3, atMs: 1234 },
  orders: [['tcp:0.0.0.0:80', [{ slot: 0, inode: 12 }]]],
};

function stateFile() {
  const folder = temporaryFolder();
  const warnings: string[] = [];
  const log = { warn: (_: object, message: string) => void warnings.push(message) } as unknown as Logger;
  const control = join(folder, 'c.sock');
  return { folder, path: `${control}.state`, file: new StateFile(control, log), warnings };
}

test('what is written is read again, and nothing else is left in the folder', () => {
  const { folder, file } = stateFile();
  file.write({ ...LEGACY, orders: [] });
  file.write(LEGACY);
  assert.deepEqual(file.read(), LEGACY);
  assert.deepEqual(readdirSync(folder), ['c.sock.state']);
  file.remove();
  assert.equal(file.read(), null);
  assert.deepEqual(readdirSync(folder), []);
});

test('what was changed live ends with the service, also where its listeners are kept', () => {
  const { file } = stateFile();
  file.keepOrders();
  assert.equal(file.read(), null);
  file.write(LEGACY);
  file.keepOrders();
  assert.deepEqual(file.read(), { ...LEGACY, changed: { workers: null, steer: null }, hold: null });
});

test('what a former version has left tells of no hold', () => {
  const { file, path } = stateFile();
  const { hold: _, ...former } = LEGACY;
  writeFileSync(path, JSON.stringify(former));
  assert.deepEqual(file.read(), { ...LEGACY, hold: null });
});

for (const [what, text] of [
  ['half a file', JSON.stringify(LEGACY).slice(0, 40)],
  ['an empty one', ''],
  ['one of another version', '{"configured":{"workers":"2"}}'],
  ['a policy that there is not', JSON.stringify({ ...LEGACY, changed: { workers: null, steer: 'best' } })],
  ['too many workers', JSON.stringify({ ...LEGACY, changed: { workers: 65, steer: null } })],
  ['a hold at no number', JSON.stringify({ ...LEGACY, hold: { from: 1, to: null, atMs: 0 } })],
  ['a slot that there is not', JSON.stringify({ ...LEGACY, orders: [['tcp', [{ slot: 64, inode: 1 }]]] })],
] as const) {
  test(`nothing is read from ${what}`, () => {
    const { file, path } = stateFile();
    writeFileSync(path, text);
    assert.equal(file.read(), null);
  });
}

test('a link is neither read nor written through', () => {
  const { file, folder, path } = stateFile();
  const elsewhere = join(folder, 'elsewhere');
  writeFileSync(elsewhere, JSON.stringify(LEGACY));
  symlinkSync(elsewhere, path);
  assert.equal(file.read(), null);
  file.write({ ...LEGACY, orders: [] });
  rmSync(elsewhere);
  assert.deepEqual(file.read(), { ...LEGACY, orders: [] });
});

test("another user's file is not read", { skip: notRoot }, () => {
  const { file, path } = stateFile();
  file.write(LEGACY);
  chownSync(path, 65_534, 65_534);
  assert.equal(file.read(), null);
});

test('a folder that cannot be written is told of once', () => {
  const { file, folder, path, warnings } = stateFile();
  mkdirSync(path);
  file.write(LEGACY);
  file.write({ ...LEGACY, orders: [] });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /state file .*c\.sock\.state: it cannot be written: EISDIR/);
  assert.deepEqual(readdirSync(folder), ['c.sock.state']);
});
