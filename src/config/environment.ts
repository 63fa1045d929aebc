/** The layer of the environment: REUSEPORT_ and an option's word. */

import { checkLayer } from './layer.js';
import type { Layer } from './layer.js';
import { suggestion } from './nearest.js';
import { OPTION_KEYS, optionRow, variableOf } from './option-table.js';
import { valueOfVariable } from './text-values.js';

const PREFIX = 'REUSEPORT_';

/** Variables that the parts of this program pass to each other; a master started inside a worker inherits them. */
export const INTERNAL_VARIABLES: readonly string[] = [
  'REUSEPORT_ADDON',
  'REUSEPORT_CHANNEL',
  'REUSEPORT_DAEMON_REPORT',
  'REUSEPORT_STARTED_BY',
];

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the options that the environment sets. An empty variable counts as unset. Never throws. */
export function environmentLayer(env: Environment, cwd: string): Layer {
  const raw: Record<string, unknown> = {};
  for (const key of OPTION_KEYS) {
    const text = env[variableOf(key)];
    if (text) raw[key] = valueOfVariable(optionRow(key).kind.form, text);
  }
  return checkLayer(raw, {
    kind: 'environment',
    title: 'the environment',
    baseFolder: cwd,
    originOf: (key) => (key === 'script' || key === 'args' ? 'the environment' : variableOf(key)),
  });
}

/** A warning for each REUSEPORT_ variable that is no option: a misspelt one would otherwise do nothing, silently. */
export function environmentWarnings(env: Environment): readonly string[] {
  const known = OPTION_KEYS.map((key) => variableOf(key));
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.includes(name) && !INTERNAL_VARIABLES.includes(name))
    .map((name) => {
      const hint = suggestion(
        name.slice(PREFIX.length),
        known.map((variable) => variable.slice(PREFIX.length)),
        (word) => PREFIX + word,
      );
      return `${name}: no such option, ignored${hint}`;
    });
}
