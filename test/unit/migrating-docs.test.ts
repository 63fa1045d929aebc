import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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

/** What a line is about: options, hooks, signals, commands; each as tests write it. */
function subjectsOf(cell: string): string[][] {
  const options = [...cell.matchAll(/--[a-z-]+/g)].map(([flag]) => {
    const key = OPTION_KEYS.find((option) => `--${wordOf(option)}` === flag);
    const short = key === undefined ? undefined : optionRow(key).short;
    return short === undefined ? [flag] : [flag, `'-${short}'`];
  });
  const hooks = [...cell.matchAll(/\bon[A-Z]\w+/g)].map(([hook]) => [hook]);
  const signals = [...cell.matchAll(/\b(?:TERM|INT|QUIT|HUP|USR1|USR2|TTIN|TTOU)\b/g)].map(([name]) => [
    `'SIG${name}'`,
  ]);
  const commands = [...cell.matchAll(/`([a-z]+)`/g)].map(([, command = '']) => [`'${command}'`]);
  return [...options, ...hooks, ...signals, ...commands];
}

it('every line names tests that use all that it is about', () => {
  assert.ok(rows.length > 30);
  for (const cells of rows) {
    const names = [...(cells.at(-1) ?? '').matchAll(/`([\w/-]+)`/g)].map(([, name = '']) => name);
    const files = names.map((name) => new URL(`test/${name}.test.ts`, root));
    const text = files.map((file) => readFileSync(file, 'utf8')).join('');
    const subjects = subjectsOf(cells[0] ?? '');
    assert.ok(subjects.length > 0 && text !== '', cells[0]);
    for (const means of subjects) {
      assert.ok(
        means.some((word) => text.includes(word)),
        `${names.join(', ')} says nothing of ${means.join()}`,
      );
    }
  }
});
