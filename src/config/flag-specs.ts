/** Every option of every command in one map, as the parser of the command line needs it. */

import { COMMAND_NAMES, commandRow } from './command-table.js';
import type { CommandName } from './command-table.js';
import { OPTION_KEYS, optionRow, wordOf } from './option-table.js';

export interface FlagSpec {
  /** Without the dashes. */
  readonly word: string;
  readonly short: string | undefined;
  readonly takes: 'value' | 'values' | 'nothing';
  /** True where values often begin with a dash themselves: options of Node. */
  readonly takesDashes: boolean;
  /** The commands that have it. */
  readonly commands: readonly CommandName[];
}

function runSpecs(): FlagSpec[] {
  return OPTION_KEYS.map((key) => {
    const { kind, short } = optionRow(key);
    const repeatable = kind.form === 'words' || kind.form === 'pairs';
    return {
      word: wordOf(key),
      short,
      takes: kind.form === 'switch' ? 'nothing' : repeatable ? 'values' : 'value',
      takesDashes: kind.form === 'words',
      commands: ['run'],
    };
  });
}

/** By word. `help` and `version` belong to every command. */
export function flagSpecs(): ReadonlyMap<string, FlagSpec> {
  const global = { takes: 'nothing', takesDashes: false, commands: COMMAND_NAMES } as const;
  const specs = new Map<string, FlagSpec>([
    ['help', { word: 'help', short: 'h', ...global }],
    ['version', { word: 'version', short: 'v', ...global }],
  ]);
  for (const spec of runSpecs()) specs.set(spec.word, spec);
  for (const command of COMMAND_NAMES) {
    for (const { word, short, label } of commandRow(command).options) {
      const takes = label === undefined ? 'nothing' : 'value';
      const known = specs.get(word) ?? { word, short, takes, takesDashes: false, commands: [] };
      specs.set(word, { ...known, commands: [...known.commands, command] });
    }
  }
  return specs;
}
