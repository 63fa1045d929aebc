/** The layer of the command line. */

import { checkLayer } from './layer.js';
import type { Layer } from './layer.js';
import { OPTION_KEYS, optionRow, wordOf } from './option-table.js';
import { valueOfFlag } from './text-values.js';
import type { FlagValue } from './text-values.js';

/** What `run` was given: options by their word (`ready-timeout`), not yet validated. */
export interface RunFlags {
  readonly script: string | undefined;
  /** What followed `--`; undefined without `--`. */
  readonly args: readonly string[] | undefined;
  readonly options: Readonly<Record<string, FlagValue>>;
}

/** Reads the options that the command line sets. Never throws. */
export function flagLayer(flags: RunFlags, cwd: string): Layer {
  const raw: Record<string, unknown> = { script: flags.script, args: flags.args };
  for (const key of OPTION_KEYS) {
    const word = wordOf(key);
    if (!Object.hasOwn(flags.options, word)) continue;
    raw[key] = valueOfFlag(optionRow(key).kind.form, flags.options[word] ?? '');
  }
  return checkLayer(raw, {
    kind: 'flag',
    title: 'the command line',
    baseFolder: cwd,
    originOf: (key) => (key === 'script' || key === 'args' ? 'the command line' : `--${wordOf(key)}`),
  });
}
