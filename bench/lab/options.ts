/** The words and options of `reuseport bench`, as the command line gives them, decoded. */
import path from 'node:path';
import { ReuseportError } from '../../src/errors.js';
import { closedLoops, isClosedLoop } from '../closed-loop/run.js';
import type { ClosedLoopName } from '../closed-loop/run.js';
import type { NetworkPlan } from '../network/delayed-network.js';
import type { LabPlan, LabScenario } from './scenario.js';

/** What the command line hands over: options by their word, values as text. */
export interface BenchRequest {
  words: readonly string[];
  options: Readonly<Record<string, string | boolean | readonly string[]>>;
  /** As typed, to run it again. */
  command: readonly string[];
}

export function usageError(problem: string): ReuseportError {
  return new ReuseportError('ERR_USAGE', problem, { fields: { problems: [problem] } });
}

export function textOf({ options }: BenchRequest, word: string): string | undefined {
  const value = options[word];
  return typeof value === 'string' ? value : undefined;
}

export const isOn = ({ options }: BenchRequest, word: string): boolean => options[word] === true;

interface Range {
  lowest: number;
  highest: number;
  whole?: boolean;
}

/** Undefined when the option is not given. @throws ReuseportError ERR_USAGE */
export function numberOf(request: BenchRequest, word: string, { lowest, highest, whole }: Range): number | undefined {
  const text = textOf(request, word);
  if (text === undefined) return undefined;
  const value = Number(text);
  const fits = text.trim() !== '' && value >= lowest && value <= highest && (whole !== true || Number.isInteger(value));
  if (fits) return value;
  const kind = whole === true ? 'an integer' : 'a number';
  throw usageError(
    `${word}: expected ${kind} from ${lowest} to ${highest}, got ${JSON.stringify(text)} (from --${word})`,
  );
}

/** Comma-separated names. */
export function namesOf(request: BenchRequest, word: string): string[] | undefined {
  const names = textOf(request, word)
    ?.split(',')
    .map((name) => name.trim());
  if (names?.includes('') === true) throw usageError(`${word}: an empty name (from --${word})`);
  return names;
}

/** Only of these: an option of another part of the command would be ignored without a word. */
export function allowOptions({ options }: BenchRequest, what: string, allowed: readonly string[]): void {
  const wrong = Object.keys(options).find((word) => !allowed.includes(word));
  if (wrong === undefined) return;
  const known = allowed.map((word) => `--${word}`).join(', ');
  throw usageError(`--${wrong} is no option of "bench${what}", which has ${known}`);
}

export const MEASURING_OPTIONS = ['quick', 'out', 'json', 'rounds', 'seconds', 'rivals', 'install', 'pin'];

const MOST_ROUND_TRIP_MS = 2_000;
const MOST_LOSS_PERCENT = 50;

/** Undefined: none is asked for. @throws ReuseportError ERR_USAGE */
export function networkOf(request: BenchRequest): NetworkPlan | undefined {
  const roundTripMs = numberOf(request, 'round-trip', { lowest: 0, highest: MOST_ROUND_TRIP_MS });
  const lossPercent = numberOf(request, 'loss', { lowest: 0, highest: MOST_LOSS_PERCENT });
  if (roundTripMs === undefined && lossPercent === undefined) return undefined;
  return { roundTripMs: roundTripMs ?? 0, lossPercent: lossPercent ?? 0 };
}

export function planOf(request: BenchRequest): LabPlan {
  const network = networkOf(request);
  const pin = isOn(request, 'pin');
  if (pin && network !== undefined)
    throw usageError('--pin is for the loopback device, and not for --round-trip or --loss');
  return {
    ...(network === undefined ? {} : { network }),
    ...(pin ? { pin } : {}),
    quick: isOn(request, 'quick'),
    rounds: numberOf(request, 'rounds', { lowest: 1, highest: 200, whole: true }),
    seconds: numberOf(request, 'seconds', { lowest: 0.1, highest: 3_600 }),
  };
}

/** Who loads at full speed; undefined: our own. */
export function closedLoopOf(request: BenchRequest, scenarios: readonly LabScenario[]): ClosedLoopName | undefined {
  const name = textOf(request, 'closed-loop');
  if (name === undefined || name === 'loadgen') return undefined;
  if (!isClosedLoop(name)) {
    const known = ['loadgen', ...Object.keys(closedLoops)].join(', ');
    throw usageError(`closed-loop: expected one of ${known}, got ${JSON.stringify(name)} (from --closed-loop)`);
  }
  const loaded = scenarios.filter(({ closedLoop }) => closedLoop !== undefined);
  if (loaded.length === 0) {
    throw usageError('--closed-loop is for scenarios at full speed; there are churn and keep-alive');
  }
  if (networkOf(request) !== undefined)
    throw usageError('--closed-loop: others do not go along with --round-trip or --loss');
  const example = { host: '127.0.0.1', port: 1, connections: 1, threads: 1, seconds: 1 };
  for (const { name: scenario, closedLoop } of loaded) {
    const words = closedLoops[name].words({ ...example, newConnections: closedLoop?.newConnections === true });
    if (typeof words === 'string') throw usageError(`closed-loop: not for ${scenario}: ${words}`);
  }
  return name;
}

/** Those named, in the lab's own order; when none is, all that can be where they are to be. */
export function chosenScenarios(request: BenchRequest, all: readonly LabScenario[]): LabScenario[] {
  const { words } = request;
  const names = all.map(({ name }) => name);
  const unknown = words.find((word) => !names.includes(word));
  if (unknown !== undefined) {
    throw usageError(`bench: no scenario ${JSON.stringify(unknown)}; there are ${names.join(', ')}`);
  }
  const isElsewhere = networkOf(request) !== undefined;
  const can = all.filter(({ overNetwork }) => !isElsewhere || overNetwork === true);
  const cannot = words.find((word) => can.every(({ name }) => name !== word));
  if (cannot !== undefined) {
    const known = can.map(({ name }) => name).join(', ');
    throw usageError(`--round-trip and --loss are for ${known}, and not for ${cannot}`);
  }
  return can.filter(({ name }) => words.length === 0 || words.includes(name));
}

/** The folder of a run's files. */
export function outFolder(request: BenchRequest): string {
  return path.resolve(textOf(request, 'out') ?? 'bench-results');
}
