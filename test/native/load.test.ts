import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { addonPath, loadAddon } from '../../src/native/load.js';

const loader = fileURLToPath(new URL('../../src/native/load.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'reuseport-'));
after(() => rmSync(folder, { recursive: true }));

/** Loads the addon in a fresh process, from a copy of the loader when `script` is given; prints what came of it. */
function load(environment: Record<string, string>, script = loader): Record<string, unknown> {
  const code = `
    const { loadAddon, addonPath } = await import(${JSON.stringify(script)});
    try {
      console.log(JSON.stringify({ dup: typeof loadAddon().dup, path: addonPath() }));
    } catch ({ name, code, message, cause }) {
      console.log(JSON.stringify({ name, code, message, cause: cause?.message }));
    }`;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    env: { PATH: process.env['PATH'], ...environment },
    encoding: 'utf8',
  });
  assert.equal(result.status, 0, result.stderr);
  return JSON.parse(result.stdout) as Record<string, unknown>;
}

test('addonPath is absolute, and loadAddon gives the same object each time', () => {
  assert.ok(isAbsolute(addonPath()));
  assert.equal(loadAddon(), loadAddon());
});

test('REUSEPORT_ADDON decides what is loaded', () => {
  const copy = join(folder, 'copy.node');
  copyFileSync(addonPath(), copy);
  assert.deepEqual(load({ REUSEPORT_ADDON: copy }), { dup: 'function', path: copy });
});

test('an empty REUSEPORT_ADDON counts as unset', () => {
  assert.deepEqual(load({ REUSEPORT_ADDON: '' }), { dup: 'function', path: addonPath() });
});

for (const [title, path] of [
  ['names no file', join(folder, 'missing.node')],
  ['names a file that is no addon', join(folder, 'text.node')],
  ['is relative', 'build/Release/reuseport.node'],
] as const) {
  test(`a REUSEPORT_ADDON that ${title} is ERR_ADDON_MISSING with its cause and a remedy`, () => {
    writeFileSync(join(folder, 'text.node'), 'not an addon');
    const { code, message, cause } = load({ REUSEPORT_ADDON: path });
    assert.equal(code, 'ERR_ADDON_MISSING');
    assert.match(String(message), /npm explore reuseport -- npm run install.*apt-get install g\+\+ make python3/);
    assert.ok(String(cause).includes(path), String(cause));
  });
}

test('without any binary the error is ERR_ADDON_MISSING', () => {
  writeFileSync(join(folder, 'package.json'), '{"name": "reuseport", "type": "module"}');
  copyFileSync(loader, join(folder, 'load.js'));
  assert.equal(load({}, join(folder, 'load.js'))['code'], 'ERR_ADDON_MISSING');
});
