/** The command line sorted into its parts: command, positionals, options, and what follows `--`. */

import { parseArgs } from 'node:util';

import { isCommandName } from './command-table.js';
import type { CommandName } from './command-table.js';
import { flagSpecs } from './flag-specs.js';
import type { FlagSpec } from './flag-specs.js';
import { suggestion } from './nearest.js';
import type { FlagValue } from './text-values.js';

export interface CommandLine {
  readonly command: CommandName;
  /** Whether the command was written, and is not just the default. */
  readonly isExplicit: boolean;
  readonly positionals: readonly string[];
  /** What followed `--`. */
  readonly rest: readonly string[] | undefined;
  readonly options: Map<string, FlagValue>;
  readonly problems: string[];
  /** `check --config` takes the options of `run`. */
  readonly checksConfig: boolean;
}

type Token = NonNullable<ReturnType<typeof parseArgs<{ tokens: true; strict: false }>>['tokens']>[number];
type OptionToken = Extract<Token, { kind: 'option' }>;

function tokensOf(argv: readonly string[], specs: ReadonlyMap<string, FlagSpec>): readonly Token[] {
  const options = Object.fromEntries(
    [...specs.values()].map(({ word, short, takes }) => {
      const type = takes === 'nothing' ? ('boolean' as const) : ('string' as const);
      return [word, short === undefined ? { type } : { type, short }];
    }),
  );
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function unknownOption(token: OptionToken, command: CommandName, specs: ReadonlyMap<string, FlagSpec>): string {
  const known = [...specs.values()].filter(({ commands }) => commands.includes(command)).map(({ word }) => word);
  return `unknown option ${token.rawName}${suggestion(token.name, known, (word) => `--${word}`)}`;
}

/** A number below zero is a value, if a wrong one. */
function looksLikeOption(text: string, { takesDashes }: FlagSpec): boolean {
  return takesDashes ? text === '--' : /^-\D/.test(text);
}

function takeOption(token: OptionToken, line: CommandLine, specs: ReadonlyMap<string, FlagSpec>): void {
  const { command, options, problems } = line;
  const isNegated = token.name.startsWith('no-') && specs.get(token.name.slice(3))?.takes === 'nothing';
  const spec = specs.get(isNegated ? token.name.slice(3) : token.name);
  if (spec === undefined) {
    problems.push(unknownOption(token, command, specs));
  } else if (!spec.commands.includes(command) && !(line.checksConfig && spec.commands.includes('run'))) {
    const owners = spec.commands.map((owner) => `"${owner}"`).join(', ');
    problems.push(`${token.rawName} is an option of ${owners}, not of "${command}"`);
  } else if (spec.takes === 'nothing') {
    if (token.value === undefined) options.set(spec.word, !isNegated);
    else problems.push(`${token.rawName} takes no value, got ${JSON.stringify(token.value)}`);
  } else if (line.checksConfig && spec.word === 'config' && token.value === '') {
    options.set(spec.word, true);
  } else if (token.value === undefined || (!token.inlineValue && looksLikeOption(token.value, spec))) {
    problems.push(`--${spec.word} needs a value; one that begins with a dash is written --${spec.word}=-value`);
  } else if (spec.takes === 'value') {
    options.set(spec.word, token.value);
  } else {
    const earlier = options.get(spec.word);
    options.set(spec.word, [...(Array.isArray(earlier) ? (earlier as readonly string[]) : []), token.value]);
  }
}

/** `check --config` needs no path: one that is followed by none is given an empty one. */
function markBareConfig(argv: readonly string[]): readonly string[] {
  if (argv.find((word) => !word.startsWith('-')) !== 'check') return argv;
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return argv.map((word, index) => {
    const next = index + 1 < end ? argv[index + 1] : undefined;
    const isBare = word === '--config' && index < end && (next === undefined || next.startsWith('-'));
    return isBare ? '--config=' : word;
  });
}

/** Which options there are is checked here, what they hold is not; `problems` has a sentence for each misuse. */
export function sortCommandLine(argv: readonly string[]): CommandLine {
  const specs = flagSpecs();
  const tokens = tokensOf(markBareConfig(argv), specs);
  const terminator = tokens.find(({ kind }) => kind === 'option-terminator');
  const own = tokens.filter(({ index }) => terminator === undefined || index < terminator.index);
  const positionals = own.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const [first] = positionals;
  const isExplicit = first !== undefined && isCommandName(first);
  const command = isExplicit ? first : 'run';
  const line: CommandLine = {
    command,
    checksConfig: command === 'check' && own.some((token) => token.kind === 'option' && token.name === 'config'),
    isExplicit,
    positionals: isExplicit ? positionals.slice(1) : positionals,
    rest: terminator === undefined ? undefined : argv.slice(terminator.index + 1),
    options: new Map(),
    problems: [],
  };
  for (const token of own) if (token.kind === 'option') takeOption(token, line, specs);
  return line;
}
