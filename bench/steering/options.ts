import { parseArgs } from 'node:util';
import { refusedAsUsage, UsageError } from '../options.js';
import { otherRivals } from './rivals.js';
import type { Scenario, SteeringPlan } from './scenario.js';
import { scenarioNames } from './scenarios.js';

export interface SteeringOptions {
  scenarios: string[];
  plan: SteeringPlan;
  /** Undefined: those of the scenario. */
  policies: string[] | undefined;
  /** Undefined: policies and others together. */
  rivals: string[] | undefined;
  out: string;
  json: boolean;
}

export const steeringUsage = `usage: npm run bench:steering -- [scenarios] [options]
  scenarios            some of ${scenarioNames.join(', ')} (all but programs and hermes)
  --policies <names>   policies of reuseport --steer, comma-separated; options of reuseport run behind an @ each:
                       idle,idle@rescue-after=2ms,hash@user=nobody (each scenario has its own)
  --rivals <names>     these and no others: policies, and ${otherRivals.map(({ name }) => name).join(', ')}
  --rounds <n>         how often everything is measured, 1 to 200 (5; cost at least 10, balance at least 20)
  --seconds <n>        length of one measurement, 0.1 to 3600
  --quick              short measurements
  --rate <n>           stall, network: new connections per second (500)
  --connections <n>    stall, network: as long as so many connections take
  --rtt <ms>           network: round trip, 0 to 2000 (20)
  --loss <percent>     network: packets lost each way, 0 to 50 (0)
  --out <file>         where the JSON goes (bench/results/steering.json)
  --json               print the JSON instead of tables`;

function parse(args: readonly string[]) {
  return refusedAsUsage(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        policies: { type: 'string' },
        rivals: { type: 'string' },
        rounds: { type: 'string', default: '5' },
        seconds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        rate: { type: 'string' },
        connections: { type: 'string' },
        rtt: { type: 'string', default: '20' },
        loss: { type: 'string', default: '0' },
        out: { type: 'string', default: 'bench/results/steering.json' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }),
  );
}

function numberFrom(name: string, text: string, lowest: number, highest: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= lowest && value <= highest) return value;
  throw new UsageError(`${name}: expected a number from ${lowest} to ${highest}, got "${text}"`);
}

function wholeFrom(name: string, text: string, lowest: number, highest: number): number {
  const value = numberFrom(name, text, lowest, highest);
  if (Number.isInteger(value)) return value;
  throw new UsageError(`${name}: expected an integer, got "${text}"`);
}

function listFrom(name: string, text: string | undefined): string[] | undefined {
  const words = text?.split(',').map((word) => word.trim());
  if (words?.includes('') === true) throw new UsageError(`${name}: an empty name in "${text}"`);
  return words;
}

function given<T>(text: string | undefined, decode: (text: string) => T): T | undefined {
  return text === undefined ? undefined : decode(text);
}

const NOT_BY_DEFAULT = new Set(['programs', 'hermes']);

/** Undefined when only the usage is wanted. @throws UsageError naming the option. */
export function parseSteeringOptions(args: readonly string[]): SteeringOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const unknown = positionals.find((name) => !scenarioNames.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`no scenario "${unknown}"; there are ${scenarioNames.join(', ')}`);
  }
  return {
    scenarios:
      positionals.length === 0 ? scenarioNames.filter((name) => !NOT_BY_DEFAULT.has(name)) : [...new Set(positionals)],
    plan: {
      rounds: wholeFrom('--rounds', values.rounds, 1, 200),
      quick: values.quick,
      seconds: given(values.seconds, (text) => numberFrom('--seconds', text, 0.1, 3_600)),
      rate: given(values.rate, (text) => numberFrom('--rate', text, 1, 100_000)),
      connections: given(values.connections, (text) => wholeFrom('--connections', text, 1, 100_000_000)),
      roundTripMs: numberFrom('--rtt', values.rtt, 0, 2_000),
      lossPercent: numberFrom('--loss', values.loss, 0, 50),
    },
    policies: listFrom('--policies', values.policies),
    rivals: listFrom('--rivals', values.rivals),
    out: values.out,
    json: values.json,
  };
}

/** The others first: what a reader compares with stands above. */
export function rivalsOf(
  options: Pick<SteeringOptions, 'policies' | 'rivals'>,
  { others, policies }: Pick<Scenario, 'others' | 'policies'>,
): string[] {
  return [...new Set(options.rivals ?? [...others, ...(options.policies ?? policies)])];
}
