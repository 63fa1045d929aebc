/**
 * Every option of `run`, once. The command line, the environment, config files, the help text and
 * docs/configuration.md all read this table. A new option is a row here, a member of ResolvedConfig, and a line in
 * assemble.ts.
 */

import { POLICY_NAMES } from '../steering/policy-names.js';
import { LOG_FORMATS, LOG_LEVELS } from './resolved-config.js';
import {
  bindAddress,
  choice,
  choiceOrPath,
  duration,
  integer,
  integerOrAuto,
  matching,
  onOff,
  path,
  variables,
  words,
} from './value-kinds.js';
import type { ValueKind } from './value-kinds.js';
import { MOST_WORKERS } from './workers.js';

export interface OptionRow<Value> {
  readonly kind: ValueKind<Value>;
  readonly short?: string;
  /** How the help names the value: `<n>`. Absent for a switch. */
  readonly label?: string;
  /** The default in words, for help and reference. */
  readonly defaultText: string;
  readonly meaning: string;
  /** False for an option that a config file cannot hold. */
  readonly inFile?: false;
}

/** Names become file names and labels: no slash, and no dot in front. */
export const NAME_PATTERN = /^[A-Za-z0-9_@-][A-Za-z0-9._@-]{0,63}$/;

export const OPTIONS = {
  workers: {
    kind: integerOrAuto(1, MOST_WORKERS),
    short: 'w',
    label: '<n|auto>',
    defaultText: 'auto',
    meaning: 'worker processes; auto is one per processor',
  },
  bind: {
    kind: bindAddress(),
    short: 'b',
    label: '<host:port>',
    defaultText: 'unset',
    meaning: 'where a script that exports a handler is served',
  },
  config: {
    kind: path(),
    short: 'c',
    label: '<path>',
    defaultText: 'reuseport.config.* in the current folder',
    meaning: 'config file',
    inFile: false,
  },
  steer: {
    kind: choiceOrPath(['auto', ...POLICY_NAMES], 'pinned:'),
    label: '<policy>',
    defaultText: 'auto',
    meaning: 'how the kernel chooses a worker for a connection',
  },
  rescueAfter: {
    kind: duration(0),
    label: '<duration>',
    defaultText: '5ms',
    meaning: 'longest turn of an event loop before others take over its queue; 0ms never',
  },
  backlog: {
    kind: integer(1, 2 ** 31 - 1),
    label: '<n>',
    defaultText: '4096',
    meaning: 'connections that may wait in the accept queue of a worker',
  },
  surge: {
    kind: integer(1, MOST_WORKERS),
    label: '<n>',
    defaultText: '1',
    meaning: 'workers that a reload replaces at a time',
  },
  readyTimeout: {
    kind: duration(1),
    label: '<duration>',
    defaultText: '30s',
    meaning: 'how long a worker may take to get ready',
  },
  gracefulTimeout: {
    kind: duration(0),
    label: '<duration>',
    defaultText: '30s',
    meaning: 'how long a worker may take to finish its work before it is killed',
  },
  keepAlive: {
    kind: duration(0),
    label: '<duration>',
    defaultText: 'what the program sets',
    meaning: 'idle time of a kept-alive HTTP connection; 0s never ends it',
  },
  join: {
    kind: onOff(),
    defaultText: 'off',
    meaning: 'share the port with listeners that are not ours',
  },
  chdir: {
    kind: path(),
    label: '<folder>',
    defaultText: 'the current folder',
    meaning: 'folder in which the workers run',
  },
  name: {
    kind: matching(NAME_PATTERN, '1 to 64 letters, digits, ".", "_", "@" or "-", no "." in front'),
    short: 'n',
    label: '<name>',
    defaultText: 'package name - script',
    meaning: 'name by which the other commands find this master',
  },
  control: {
    kind: path(),
    label: '<path>',
    defaultText: 'by name, in the runtime folder',
    meaning: 'control socket',
  },
  env: {
    kind: variables(),
    label: '<KEY=VALUE>',
    defaultText: 'none',
    meaning: 'variable for the workers; repeatable',
  },
  nodeArg: {
    kind: words(),
    label: '<arg>',
    defaultText: 'none',
    meaning: 'option of Node itself for the workers; repeatable',
  },
  logLevel: {
    kind: choice(LOG_LEVELS),
    label: '<level>',
    defaultText: 'info',
    meaning: 'least severe messages that are logged',
  },
  logFormat: {
    kind: choice(LOG_FORMATS),
    label: '<format>',
    defaultText: 'auto',
    meaning: 'auto is pretty on a terminal and json elsewhere',
  },
} as const satisfies Record<string, OptionRow<unknown>>;

/** The key of an option in a config file. */
export type OptionKey = keyof typeof OPTIONS;

export type OptionValue<Key extends OptionKey> =
  (typeof OPTIONS)[Key]['kind'] extends ValueKind<infer Value> ? Value : never;

export const OPTION_KEYS = Object.keys(OPTIONS) as readonly OptionKey[];

/** The row of a key, with every optional column visible. */
export function optionRow(key: OptionKey): OptionRow<unknown> {
  return OPTIONS[key];
}

/** `readyTimeout` is `--ready-timeout` on the command line. */
export function wordOf(key: OptionKey): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `readyTimeout` is `REUSEPORT_READY_TIMEOUT` in the environment. */
export function variableOf(key: OptionKey): string {
  return `REUSEPORT_${wordOf(key).replaceAll('-', '_').toUpperCase()}`;
}

export function keyOfWord(word: string): OptionKey | undefined {
  return OPTION_KEYS.find((key) => wordOf(key) === word);
}
