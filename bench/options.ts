import { parseArgs } from 'node:util';
import type { Contest } from './contest.js';

export interface BenchOptions {
  rounds: number;
  secondsPerCell: number;
  /** At most; the warm-up ends earlier when it has sent its requests. */
  warmupSeconds: number;
  workers: number;
  only: string[];
  /** Where the JSON goes. */
  out: string;
  /** Print the JSON on stdout instead of the table. */
  json: boolean;
  /** The Node that runs the rivals; undefined is the one that runs the benchmark. */
  node: string | undefined;
}

export const usage = ({ name, rivals }: Contest): string => `usage: npm run bench:${name} -- [options]
  --quick           short rounds (0.5 s for each figure), still 5 of them
  --rounds <n>      how often everything is measured, 1 to 100 (5)
  --seconds <n>     length of one measurement, 0.1 to 60 (3.5)
  --workers <n>     workers of each rival, 1 to 64 (2)
  --only <names>    some rivals, comma-separated: ${rivals.map(({ name }) => name).join(', ')}
  --node <path>     runs the Node rivals
  --out <file>      where the JSON goes (bench/results/${name}.json)
  --json            print the JSON instead of the table`;

export class UsageError extends Error {
  override name = 'UsageError';
}

/** What `parseArgs` refuses is a wrong use of the command. @throws UsageError */
export function refusedAsUsage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** @throws UsageError naming the option */
export function integerFrom(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${option}: expected an integer from ${least} to ${most}, got "${text}"`);
}

function numberFrom(name: string, text: string, lowest: number, highest: number, whole: boolean): number {
  const value = Number(text);
  const fits = text.trim() !== '' && value >= lowest && value <= highest && (!whole || Number.isInteger(value));
  if (fits) return value;
  throw new UsageError(
    `${name}: expected ${whole ? 'an integer' : 'a number'} from ${lowest} to ${highest}, got "${text}"`,
  );
}

function rivalNames({ rivals }: Contest, text: string | undefined): string[] {
  const known = rivals.map(({ name }) => name);
  if (text === undefined) return known;
  const asked = text.split(',').map((name) => name.trim());
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`--only: no rival "${unknown}"; there are ${known.join(', ')}`);
  return known.filter((name) => asked.includes(name));
}

function parse({ name }: Contest, args: readonly string[]) {
  return refusedAsUsage(
    () =>
      parseArgs({
        args: [...args],
        options: {
          quick: { type: 'boolean', default: false },
          rounds: { type: 'string', default: '5' },
          seconds: { type: 'string' },
          workers: { type: 'string', default: '2' },
          only: { type: 'string' },
          node: { type: 'string' },
          out: { type: 'string', default: `bench/results/${name}.json` },
          json: { type: 'boolean', default: false },
          help: { type: 'boolean', default: false },
        },
      }).values,
  );
}

/** Undefined when only the usage is wanted. @throws UsageError naming the option. */
export function parseBenchOptions(contest: Contest, args: readonly string[]): BenchOptions | undefined {
  const values = parse(contest, args);
  if (values.help) return undefined;
  const secondsPerCell = numberFrom('--seconds', values.seconds ?? (values.quick ? '0.5' : '3.5'), 0.1, 60, false);
  return {
    rounds: numberFrom('--rounds', values.rounds, 1, 100, true),
    secondsPerCell,
    warmupSeconds: values.quick ? 0.7 : 1.5,
    workers: numberFrom('--workers', values.workers, 1, 64, true),
    only: rivalNames(contest, values.only),
    out: values.out,
    json: values.json,
    node: values.node,
  };
}
