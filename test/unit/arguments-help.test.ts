import assert from 'node:assert/strict';
import { it } from 'node:test';

import { helpText } from '../../src/cli/help.js';
import { COMMAND_NAMES, commandRow } from '../../src/config/command-table.js';
import { OPTION_KEYS, optionRow, wordOf } from '../../src/config/option-table.js';

for (const topic of [undefined, ...COMMAND_NAMES]) {
  it(`the help of ${topic ?? 'everything'} has no line over 100 columns and no blank at an end`, () => {
    const lines = helpText(topic).split('\n');
    assert.equal(lines.at(-1), '');
    for (const line of lines) {
      assert.ok(line.length <= 100, line);
      assert.equal(line, line.trimEnd());
    }
  });
}

it('the help names every command and every option of run, with its short form', () => {
  const help = helpText();
  for (const command of COMMAND_NAMES) assert.match(help, new RegExp(`^  ${command}`, 'm'));
  for (const key of OPTION_KEYS) {
    const { short } = optionRow(key);
    assert.ok(help.includes(`${short === undefined ? '    ' : `-${short}, `}--${wordOf(key)}`), key);
  }
});

it('the help of a command names its options and no others', () => {
  for (const command of COMMAND_NAMES.filter((name) => name !== 'run')) {
    const words = [...helpText(command).matchAll(/^ {2}(?:-\w, | {4})--([a-z0-9-]+)/gm)].map((match) => match[1]);
    assert.deepEqual(words, [...commandRow(command).options.map(({ word }) => word), 'help']);
  }
});
