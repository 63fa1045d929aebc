/** The options of a command, as help and reference show them. */

import { commandRow } from './command-table.js';
import type { CommandName } from './command-table.js';
import { OPTION_KEYS, optionRow, wordOf } from './option-table.js';

export interface ShownOption {
  /** `-w, --workers <n|auto>`, with room for the short form where there is none. */
  readonly usage: string;
  readonly meaning: string;
}

function usageOf(word: string, short: string | undefined, label: string | undefined): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${word}${label === undefined ? '' : ` ${label}`}`;
}

const HELP: ShownOption = { usage: usageOf('help', 'h', undefined), meaning: 'show this help' };
const VERSION: ShownOption = { usage: usageOf('version', 'v', undefined), meaning: 'show the version' };

function runOptions(): readonly ShownOption[] {
  return OPTION_KEYS.map((key) => {
    const { short, label, meaning, defaultText } = optionRow(key);
    return { usage: usageOf(wordOf(key), short, label), meaning: `${meaning} (default: ${defaultText})` };
  });
}

/** In the order of the tables; `--help` and `--version` last. */
export function shownOptions(command: CommandName): readonly ShownOption[] {
  const own = commandRow(command).options.map(({ word, short, label, meaning }) => ({
    usage: usageOf(word, short, label),
    meaning,
  }));
  return [...(command === 'run' ? runOptions() : own), HELP, ...(command === 'run' ? [VERSION] : [])];
}
