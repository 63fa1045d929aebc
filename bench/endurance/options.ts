import { parseArgs } from 'node:util';

import { integerFrom, refusedAsUsage, UsageError } from '../options.js';
import type { Scenario } from './scenario.js';
import { kill, killWithSpares, stop } from './scenarios/failing.js';
import { master, recycle, reload, scale, upgrade } from './scenarios/replacing.js';
import { soak } from './scenarios/soak.js';

export const scenarios: readonly Scenario[] = [
  reload,
  recycle,
  scale,
  upgrade,
  kill,
  killWithSpares,
  stop,
  master,
  soak,
];
export const RIVALS = ['reuseport', 'cluster', 'pm2', 'watt'] as const;

const list = scenarios.map(({ name, unit, defaultCount }) => `                    ${name}: ${unit} (${defaultCount})`);

export const usage = `usage: npm run endurance -- [options] [-- options of reuseport run]
  --only <names>    some scenarios, comma-separated; with what --count counts:
${list.join('\n')}
  --count <n>       how often, or how long, of every scenario chosen
  --minutes <n>     of soak
  --rivals <names>  some rivals, comma-separated: ${RIVALS.join(', ')}
  --workers <n>     workers of each (4)
  --kill-every <ms> the pace of kill and kill-spares (200)
  --rate <n>        new connections per second; lowered when this machine cannot (3000)
  --keep-alive <n>  clients that keep their connection (200)
  --websockets <n>  clients with a WebSocket (50)
  --user nobody     ours without any rights (root only)
  --seed <n>        the same seed makes the same choices
  --out <file>      where the JSON goes (bench/results/endurance.json)`;

export interface EnduranceOptions {
  scenarios: readonly Scenario[];
  countOf(scenario: Scenario): number;
  rivals: readonly string[];
  workers: number;
  ratePerSecond: number;
  keepAlive: number;
  websockets: number;
  killEveryMs: number;
  asNobody: boolean;
  seed: number;
  out: string;
  /** Of `reuseport run`. */
  more: readonly string[];
}

/** Undefined when only the usage is wanted. @throws UsageError naming the option. */
export function parseEnduranceOptions(args: readonly string[]): EnduranceOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  if (values.user !== undefined && values.user !== 'nobody') throw new UsageError('--user: only "nobody" is known');
  const chosen = namesFrom(
    '--only',
    values.only,
    scenarios.map(({ name }) => name),
  );
  const count = values.count === undefined ? undefined : integerFrom('--count', values.count, 1, 1_000_000);
  const minutes = values.minutes === undefined ? undefined : integerFrom('--minutes', values.minutes, 1, 10_000);
  return {
    scenarios: scenarios.filter(({ name }) => chosen.includes(name)),
    countOf: ({ name, defaultCount }) => (name === 'soak' ? minutes : undefined) ?? count ?? defaultCount,
    rivals: namesFrom('--rivals', values.rivals, RIVALS),
    workers: integerFrom('--workers', values.workers, 1, 32),
    ratePerSecond: integerFrom('--rate', values.rate, 1, 100_000),
    keepAlive: integerFrom('--keep-alive', values['keep-alive'], 0, 10_000),
    websockets: integerFrom('--websockets', values.websockets, 0, 10_000),
    killEveryMs: integerFrom('--kill-every', values['kill-every'], 10, 60_000),
    asNobody: values.user === 'nobody',
    seed: integerFrom('--seed', values.seed, 0, 2 ** 32 - 1),
    out: values.out,
    more: positionals,
  };
}

function parse(args: readonly string[]) {
  return refusedAsUsage(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        only: { type: 'string' },
        count: { type: 'string' },
        minutes: { type: 'string' },
        rivals: { type: 'string' },
        workers: { type: 'string', default: '4' },
        rate: { type: 'string', default: '3000' },
        'keep-alive': { type: 'string', default: '200' },
        websockets: { type: 'string', default: '50' },
        'kill-every': { type: 'string', default: '200' },
        user: { type: 'string' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        out: { type: 'string', default: 'bench/results/endurance.json' },
        help: { type: 'boolean', default: false },
      },
    }),
  );
}

function namesFrom(option: string, text: string | undefined, known: readonly string[]): readonly string[] {
  if (text === undefined) return known;
  const asked = text.split(',').map((name) => name.trim());
  const unknown = asked.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`${option}: no "${unknown}"; there are ${known.join(', ')}`);
  return asked;
}
