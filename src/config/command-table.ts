/** Every command, and the options that are not `run`'s: for parsing and for help. */

export interface CommandOption {
  /** Without the dashes. */
  readonly word: string;
  readonly short?: string;
  /** How the help names the value; absent for a switch. */
  readonly label?: string;
  readonly meaning: string;
}

interface CommandRow {
  /** What follows the command on the command line. */
  readonly usage: string;
  readonly meaning: string;
  /** Empty for `run`, whose options are in the option table. */
  readonly options: readonly CommandOption[];
}

const NAME: CommandOption = {
  word: 'name',
  short: 'n',
  label: '<name>',
  meaning: 'which master; not needed when only one runs',
};
const CONTROL: CommandOption = { word: 'control', label: '<path>', meaning: 'control socket of the master' };
const JSON_OUTPUT: CommandOption = { word: 'json', meaning: 'one JSON object instead of text' };
const TIMEOUT: CommandOption = {
  word: 'timeout',
  label: '<duration>',
  meaning: 'how long to wait until it has happened (default: no limit)',
};
const QUICK: CommandOption = { word: 'quick', meaning: 'do not wait for requests in flight' };

export const COMMANDS = {
  run: {
    usage: '<script> [options] [-- args for the script]',
    meaning: 'run a script on every core (the default command)',
    options: [],
  },
  status: { usage: '[options]', meaning: 'show the workers of a master', options: [NAME, CONTROL, JSON_OUTPUT] },
  reload: {
    usage: '[options]',
    meaning: 'replace every worker, without losing a connection',
    options: [NAME, CONTROL, TIMEOUT, JSON_OUTPUT],
  },
  upgrade: {
    usage: '[options]',
    meaning: 'replace the master itself, and then every worker, without losing a connection',
    options: [NAME, CONTROL, TIMEOUT],
  },
  stop: { usage: '[options]', meaning: 'stop a master and its workers', options: [NAME, CONTROL, TIMEOUT, QUICK] },
  scale: { usage: '<n> [options]', meaning: 'change the number of workers', options: [NAME, CONTROL, TIMEOUT] },
  steer: {
    usage: '<policy> [options]',
    meaning: 'change how the kernel chooses a worker, live',
    options: [NAME, CONTROL],
  },
  check: {
    usage: '[options]',
    meaning: 'show what this machine allows, and what would mend the rest',
    options: [JSON_OUTPUT],
  },
  help: { usage: '[command]', meaning: 'show help', options: [] },
  version: { usage: '', meaning: 'show the version', options: [] },
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof COMMANDS;

export const COMMAND_NAMES = Object.keys(COMMANDS) as readonly CommandName[];

export function commandRow(name: CommandName): CommandRow {
  return COMMANDS[name];
}

export function isCommandName(text: string): text is CommandName {
  return Object.hasOwn(COMMANDS, text);
}
