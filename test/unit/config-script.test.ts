import assert from 'node:assert/strict';
import { it } from 'node:test';

import { findScript } from '../../src/config/script.js';
import { ReuseportError } from '../../src/errors.js';

function find(path: string, files: Readonly<Record<string, string>>, hint = ''): Promise<string> {
  return findScript(
    { path, written: 'app', sourceText: 'from the command line', hint },
    {
      isFile: (file) => Promise.resolve(Object.hasOwn(files, file)),
      readText: (file) =>
        files[file] === undefined ? Promise.reject(new Error('ENOENT')) : Promise.resolve(files[file]),
    },
  );
}

const cases: [string, Readonly<Record<string, string>>, string][] = [
  ['the file itself before one with an extension', { '/a/app': '', '/a/app.js': '' }, '/a/app'],
  ['a file with .js', { '/a/app.js': '', '/a/app.mjs': '' }, '/a/app.js'],
  ['a file with .mjs', { '/a/app.mjs': '' }, '/a/app.mjs'],
  [
    'what a package calls its main',
    { '/a/app/package.json': '{"main":"lib/x"}', '/a/app/lib/x.js': '' },
    '/a/app/lib/x.js',
  ],
  ['index.js of a folder', { '/a/app/index.js': '' }, '/a/app/index.js'],
  [
    'index.js where main leads nowhere',
    { '/a/app/package.json': '{"main":"x"}', '/a/app/index.js': '' },
    '/a/app/index.js',
  ],
  ['index.js where package.json is broken', { '/a/app/package.json': '[', '/a/app/index.js': '' }, '/a/app/index.js'],
];
for (const [what, files, expected] of cases) {
  it(`takes ${what}`, async () => {
    assert.equal(await find('/a/app', files), expected);
  });
}

it('says which file is missing, where it was asked for, and what may be meant', async () => {
  await assert.rejects(find('/a/app', {}, '; did you mean reuseport stop?'), (error: unknown) => {
    assert.ok(error instanceof ReuseportError);
    assert.equal(error.code, 'ERR_SCRIPT_NOT_FOUND');
    assert.equal(error.exitCode, 2);
    assert.equal(
      error.message,
      'script app: no such file: /a/app (from the command line); did you mean reuseport stop?',
    );
    return true;
  });
});
