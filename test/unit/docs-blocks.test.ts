// What is done with each shell command of the docs is said, of each block what it is, and nothing is said of what is not there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { PAGES } from '../helpers/docs-commands.js';
import { commandsIn, pagesInTree } from '../helpers/docs-pages.js';
import { commandsOf, fencesOf } from '../helpers/docs.js';
import { root } from '../helpers/reuseport.js';

it('every command of a block has an entry in test/helpers/docs-commands.ts, and every entry its command', () => {
  const found = pagesInTree().map((page) => [page, [...new Set(commandsIn(page))].toSorted()] as const);
  const told = Object.entries(PAGES).map(([page, commands]) => [page, Object.keys(commands).toSorted()] as const);
  const withCommands = found.filter(([, commands]) => commands.length > 0);
  assert.deepEqual(Object.fromEntries(withCommands), Object.fromEntries(told));
});

it('every block says whether it is commands (sh), commands and what they print (console), other text, or which language', () => {
  const known = /^(sh|console|text|js|ts|json|yaml|ini|dockerfile)$/;
  for (const page of pagesInTree()) {
    for (const { line, language } of fencesOf(readFileSync(join(root, page), 'utf8'))) {
      assert.match(language, known, `${page}:${line}`);
    }
  }
});

it('lines that go on are one command; comments, empty lines and what is printed are none', () => {
  const page = [
    'Text, `sh`.',
    '```sh',
    'reuseport stop      # at once',
    '# only a comment',
    '',
    'bpftool prog load a \\',
    '  map name b',
    'npm install a/b#v1',
    '```',
    '```console',
    '$ pgrep x',
    '12 x',
    '```',
    '```text',
    'rm -rf /',
    '```',
  ].join('\n');
  assert.deepEqual(commandsOf(page), [
    'reuseport stop',
    'bpftool prog load a map name b',
    'npm install a/b#v1',
    'pgrep x',
  ]);
  assert.deepEqual(
    fencesOf(page).map(({ line, language }) => [line, language]),
    [
      [3, 'sh'],
      [11, 'console'],
      [15, 'text'],
    ],
  );
});
