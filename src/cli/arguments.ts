/** The command line as data. Nothing is read and nothing is run here. */

import { COMMAND_NAMES, isCommandName } from '../config/command-table.js';
import type { CommandName } from '../config/command-table.js';
import { sortCommandLine } from '../config/command-line.js';
import type { CommandLine } from '../config/command-line.js';
import { LARGEST_POOL } from '../check/pool.js';
import { LONGEST_DURATION_MS, parseDuration } from '../config/duration.js';
import type { ControlChoice } from '../config/find-control.js';
import type { RunFlags } from '../config/flags.js';
import { suggestion } from '../config/nearest.js';
import type { FlagValue } from '../config/text-values.js';
import { MOST_WORKERS } from '../config/workers.js';
import { ReuseportError } from '../errors.js';

interface Controlling {
  /** Which master is meant: for findControlPath. */
  readonly target: ControlChoice;
}

interface Waiting extends Controlling {
  /** How long to wait until it has happened; undefined is without limit. */
  readonly timeoutMs: number | undefined;
}

/** Decoded by the lab, which knows its scenarios. */
export interface BenchArguments {
  readonly command: 'bench';
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, FlagValue>>;
}

export type Arguments =
  | BenchArguments
  | { readonly command: 'run'; readonly flags: RunFlags }
  | ({ readonly command: 'status'; readonly json: boolean } & Controlling)
  | ({ readonly command: 'top'; readonly intervalMs: number } & Controlling)
  | ({ readonly command: 'reload'; readonly json: boolean } & Waiting)
  | ({ readonly command: 'upgrade' } & Waiting)
  | ({ readonly command: 'stop'; readonly quick: boolean } & Waiting)
  | ({ readonly command: 'scale'; readonly workers: number } & Waiting)
  | ({ readonly command: 'steer'; readonly policy: string } & Controlling)
  | { readonly command: 'check'; readonly json: boolean; readonly pool: number | undefined }
  | {
      readonly command: 'check-config';
      readonly flags: RunFlags;
      readonly json: boolean;
      readonly pool: number | undefined;
    }
  | { readonly command: 'help'; readonly topic: CommandName | undefined }
  | { readonly command: 'version' };

/** Takes what may follow the command, at most `most`; more is a problem, told only where no other one explains it. */
function takePositionals(line: CommandLine, most: 0 | 1): string | undefined {
  const { command, positionals, problems } = line;
  const extra = positionals[most];
  if (extra !== undefined && problems.length === 0) {
    const advice = `; arguments for the script go after "--": reuseport ${positionals[0]} -- ${extra}`;
    problems.push(`unexpected argument ${JSON.stringify(extra)}${command === 'run' ? advice : ` for "${command}"`}`);
  }
  if (command !== 'run') refuseRest(line);
  return positionals[0];
}

function refuseRest({ command, rest, problems }: CommandLine): void {
  if (rest !== undefined && rest.length > 0) problems.push(`"${command}" takes no arguments after "--"`);
}

function textOption({ options }: CommandLine, word: string): string | undefined {
  const value = options.get(word);
  return typeof value === 'string' ? value : undefined;
}

/** Milliseconds; undefined where it is not given. */
function durationOption(
  line: CommandLine,
  word: string,
  [leastMs, mostMs, expected]: readonly [number, number, string],
): number | undefined {
  const text = textOption(line, word);
  if (text === undefined) return undefined;
  const durationMs = parseDuration(text);
  if (durationMs === undefined || durationMs < leastMs || durationMs > mostMs) {
    line.problems.push(`${word}: expected a duration ${expected}, got ${JSON.stringify(text)} (from --${word})`);
  }
  return durationMs;
}

function timeoutOf(line: CommandLine): number | undefined {
  return durationOption(line, 'timeout', [0, LONGEST_DURATION_MS, 'such as 500ms, 10s, 2m or 1h']);
}

/** Of `top`. A status costs the master a few milliseconds with many workers. */
function intervalOf(line: CommandLine): number {
  return durationOption(line, 'interval', [100, 3_600_000, 'from 100ms to 1h']) ?? 1_000;
}

function workersOf(text: string | undefined, { problems }: CommandLine): number {
  const workers = /^\d+$/.test(text ?? '') ? Number(text) : 0;
  if (workers < 1 || workers > MOST_WORKERS) {
    const got = text === undefined ? 'nothing' : JSON.stringify(text);
    problems.push(`scale: expected a number of workers from 1 to ${MOST_WORKERS}, got ${got}`);
  }
  return workers;
}

/** Of `check`; undefined where it is not given. */
function poolSizeOf(line: CommandLine): number | undefined {
  const text = textOption(line, 'pool');
  if (text === undefined) return undefined;
  const size = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (size < 1 || size > LARGEST_POOL) {
    const got = JSON.stringify(text);
    line.problems.push(`pool: expected an integer from 1 to ${LARGEST_POOL}, got ${got} (from --pool)`);
  }
  return size;
}

/** Of `check --config`: those of `run`, which reads no others. A bare `--config` only says what is to be checked. */
function flagsOf(line: CommandLine): RunFlags {
  const options = Object.fromEntries([...line.options].filter(([word, value]) => word !== 'config' || value !== true));
  return { script: line.positionals[0], args: line.rest, options };
}

function topicOf(text: string | undefined, { problems }: CommandLine): CommandName | undefined {
  if (text === undefined || isCommandName(text)) return text;
  problems.push(`no such command: ${JSON.stringify(text)}${suggestion(text, COMMAND_NAMES, (word) => word)}`);
  return undefined;
}

function argumentsOf(line: CommandLine): Arguments {
  const { command, options, rest } = line;
  const target = { name: textOption(line, 'name'), control: textOption(line, 'control') };
  switch (command) {
    case 'run':
      return {
        command,
        flags: { script: takePositionals(line, 1), args: rest, options: Object.fromEntries(options) },
      };
    case 'status':
      takePositionals(line, 0);
      return { command, target, json: options.get('json') === true };
    case 'top':
      takePositionals(line, 0);
      return { command, target, intervalMs: intervalOf(line) };
    case 'reload':
      takePositionals(line, 0);
      return { command, target, json: options.get('json') === true, timeoutMs: timeoutOf(line) };
    case 'upgrade':
      takePositionals(line, 0);
      return { command, target, timeoutMs: timeoutOf(line) };
    case 'stop':
      takePositionals(line, 0);
      return { command, target, quick: options.get('quick') === true, timeoutMs: timeoutOf(line) };
    case 'scale':
      return {
        command,
        target,
        workers: workersOf(takePositionals(line, 1), line),
        timeoutMs: timeoutOf(line),
      };
    case 'steer': {
      const policy = takePositionals(line, 1);
      if (policy === undefined) line.problems.push('steer: expected a policy, got nothing');
      return { command, target, policy: policy ?? '' };
    }
    case 'check':
      if (line.checksConfig)
        return {
          command: 'check-config',
          flags: flagsOf(line),
          json: options.get('json') === true,
          pool: poolSizeOf(line),
        };
      takePositionals(line, 0);
      return { command, json: options.get('json') === true, pool: poolSizeOf(line) };
    case 'bench':
      refuseRest(line);
      return { command, words: line.positionals, options: Object.fromEntries(options) };
    case 'help':
      return { command, topic: topicOf(takePositionals(line, 1), line) };
    case 'version':
      takePositionals(line, 0);
      return { command };
  }
}

/**
 * Parses the command line. The first positional is the command when it is the name of one (`./status` is a script),
 * else the script of `run`. Options count up to `--`, before and after the script; what follows `--` is the script's.
 * @param argv what follows the program: `process.argv.slice(2)`
 * Throws ERR_USAGE, whose message has a line for each problem (the field `problems` has them as a list).
 */
export function parseArguments(argv: readonly string[]): Arguments {
  const line = sortCommandLine(argv);
  if (line.options.get('help') === true) {
    return { command: 'help', topic: line.isExplicit && line.command !== 'help' ? line.command : undefined };
  }
  if (line.options.get('version') === true) return { command: 'version' };
  const parsed = argumentsOf(line);
  const { problems } = line;
  if (problems.length > 0) throw new ReuseportError('ERR_USAGE', problems.join('\n'), { fields: { problems } });
  return parsed;
}
