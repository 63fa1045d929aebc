import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { it } from 'node:test';
import { OPTION_KEYS, optionRow, wordOf } from '../../src/config/option-table.js';
import { HOOK_NAMES } from '../../src/hooks/hooks.js';

const root = new URL('../../../', import.meta.url);
const rows = readFileSync(new URL('docs/migrating.md', root), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `') || line.startsWith('| TERM') || /^\| (INT|HUP|USR|TTIN)/.test(line))
  .map((line) => line.slice(2, -2).split(/(?<!\\)\|/));

it('every option and hook that docs/migrating.md names as ours exists', () => {
  const words = new Set(OPTION_KEYS.map(wordOf));
  for (const [ours = ''] of rows) {
    for (const [, word = ''] of ours.matchAll(/--([a-z-]+)/g)) assert.ok(words.has(word), word);
    for (const [hook] of ours.matchAll(/\bon[A-Z]\w+/g))
      assert.ok((HOOK_NAMES as readonly string[]).includes(hook), hook);
  }
});

it('every line names a test that uses what it is about', () => {
  assert.ok(rows.length > 30);
  for (const cells of rows) {
    const name = /`([\w/-]+)`/.exec(cells.at(-1) ?? '')?.[1] ?? '';
    const file = new URL(`test/${name}.test.ts`, root);
    assert.ok(existsSync(file), `${name} of ${cells[0]}`);
    const text = readFileSync(file, 'utf8');
    const [, about = ''] = /(--[a-z-]+|\bon[A-Z]\w+)/.exec(cells[0] ?? '') ?? [];
    const key = OPTION_KEYS.find((option) => `--${wordOf(option)}` === about);
    const short = key === undefined ? undefined : optionRow(key).short;
    const means = [about, ...(short === undefined ? [] : [`'-${short}'`])];
    assert.ok(about === '' || means.some((word) => text.includes(word)), `${name} says nothing of ${about}`);
  }
});
