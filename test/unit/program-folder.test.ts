import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isIgnored, programFolder } from '../../src/cli/program-folder.js';

it('a program is the package that its script is in, or the folder of the script', () => {
  const files = new Set(['/srv/shop/package.json', '/srv/shop/lib/server.js']);
  assert.equal(
    programFolder('/srv/shop/lib/server.js', (path) => files.has(path)),
    '/srv/shop',
  );
  assert.equal(
    programFolder('/opt/tool/bin/server.js', () => false),
    '/opt/tool/bin',
  );
});

const cases: [string, boolean][] = [
  ['server.js', false],
  ['lib/route.mts', false],
  ['package.json', false],
  ['build/addon.node', false],
  ['data.txt', true],
  ['uploads/cat.png', true],
  ['node_modules/left-pad/index.js', true],
  ['lib/node_modules/x/index.js', true],
  ['.git/config.js', true],
  ['lib/.cache/x.js', true],
  ['.eslintrc.json', true],
];
for (const [path, expected] of cases) {
  it(`${path} is ${expected ? 'ignored' : 'watched'}`, () => {
    assert.equal(isIgnored('/srv/.hidden/shop', `/srv/.hidden/shop/${path}`, true), expected);
  });
}

it('folders are gone into, except those that are ignored by their names', () => {
  assert.equal(isIgnored('/srv/shop', '/srv/shop', false), false);
  assert.equal(isIgnored('/srv/shop', '/srv/shop/lib', false), false);
  assert.equal(isIgnored('/srv/shop', '/srv/shop/node_modules', false), true);
});
