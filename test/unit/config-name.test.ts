import assert from 'node:assert/strict';
import { it } from 'node:test';

import { defaultName, sanitizeName } from '../../src/config/name.js';
import { NAME_PATTERN } from '../../src/config/option-table.js';

function reader(files: Readonly<Record<string, string>>) {
  return async (path: string): Promise<string> => {
    const text = files[path];
    await Promise.resolve();
    if (text === undefined) throw new Error(`ENOENT ${path}`);
    return text;
  };
}

const cases: [string, string, Readonly<Record<string, string>>, string][] = [
  ['package and script', '/srv/shop/server.js', { '/srv/shop/package.json': '{"name":"shop"}' }, 'shop-server'],
  ['the nearest package above', '/srv/shop/src/app.mjs', { '/srv/shop/package.json': '{"name":"shop"}' }, 'shop-app'],
  ['a scope without its slash', '/a/b.ts', { '/a/package.json': '{"name":"@acme/shop"}' }, '@acme-shop-b'],
  ['the folder of a package without name', '/srv/shop/x/app.js', { '/srv/shop/package.json': '{}' }, 'shop-app'],
  ['the folder of a broken package', '/srv/shop/app.js', { '/srv/shop/package.json': '{' }, 'shop-app'],
  ['the folder of a package whose name is no text', '/s/app.js', { '/s/package.json': '{"name":1}' }, 's-app'],
  ['the folder of the script without any package', '/srv/shop/server.js', {}, 'shop-server'],
  ['the script alone in the root folder', '/server.js', {}, 'server'],
  ['dashes for other characters', '/srv/mein Laden/süß.js', {}, 'mein-Laden-s--'],
];
for (const [what, script, files, expected] of cases) {
  it(`names the master by ${what}`, async () => {
    assert.equal(await defaultName(script, reader(files)), expected);
  });
}

for (const text of ['', '...', '.hidden', '..', 'x'.repeat(300), '/']) {
  it(`makes a valid name of ${JSON.stringify(text.slice(0, 20))}`, () => {
    assert.match(sanitizeName(text), NAME_PATTERN);
  });
}
