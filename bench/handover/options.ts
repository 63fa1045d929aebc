import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { integerFrom, refusedAsUsage, UsageError } from '../options.js';
import { starts } from './skew.js';
import type { Start } from './skew.js';

export interface HandoverOptions {
  /** Busy clients that all began on one worker, and not clients that do everything at random. */
  rebalance: boolean;
  /** Major versions. */
  nodes: number[];
  seed: number;
  clients: number;
  moves: number;
  idle: number;
  workers: number;
  reloads: number;
  rounds: number;
  seconds: number;
  starts: readonly Start[];
}

export const handoverUsage = `usage: npm run bench:handover -- [rebalance] [options]
  --nodes <majors>  on these versions of Node, comma-separated: 20,22,24 (the present one)
  --seed <n>        repeats the choices of a run
  --clients <n>     clients that ask (100; rebalance: 8)
 without "rebalance":
  --moves <n>       until so many connections have been handed over (10000)
  --idle <n>        then so many clients that do nothing (1000)
  --workers <n>     on so many workers (1)
  --reloads <n>     and so many reloads (10)
 with "rebalance":
  --starts <names>  some of ${starts.join(',')} (all)
  --rounds <n>      how often each is measured (3)
  --seconds <n>     length of one measurement (8)
  --minutes <n>     the same in minutes`;

function parse(args: readonly string[]) {
  return refusedAsUsage(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        moves: { type: 'string', default: '10000' },
        clients: { type: 'string' },
        nodes: { type: 'string', default: process.versions.node.split('.')[0] ?? '' },
        idle: { type: 'string', default: '1000' },
        workers: { type: 'string', default: '1' },
        reloads: { type: 'string', default: '10' },
        rounds: { type: 'string', default: '3' },
        seconds: { type: 'string', default: '8' },
        minutes: { type: 'string' },
        starts: { type: 'string', default: starts.join(',') },
        seed: { type: 'string', default: String(randomInt(2 ** 31)) },
        help: { type: 'boolean', default: false },
      },
    }),
  );
}

function startsFrom(text: string): readonly Start[] {
  const asked = text.split(',');
  const chosen = starts.filter((start) => asked.includes(start));
  if (chosen.length === asked.length) return chosen;
  throw new UsageError(`--starts: expected some of ${starts.join(', ')}, got "${text}"`);
}

const SECONDS_PER_DAY = 86_400;

/** Undefined when only the usage is wanted. @throws UsageError naming the option. */
export function parseHandoverOptions(args: readonly string[]): HandoverOptions | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const rebalance = positionals[0] === 'rebalance';
  if (positionals.length > (rebalance ? 1 : 0)) {
    throw new UsageError(`expected "rebalance" or nothing, got ${positionals.join(' ')}`);
  }
  const minutes = values.minutes === undefined ? 0 : integerFrom('--minutes', values.minutes, 1, 1_440);
  return {
    rebalance,
    nodes: values.nodes.split(',').map((major) => integerFrom('--nodes', major, 20, 99)),
    seed: integerFrom('--seed', values.seed, 0, 2 ** 32 - 1),
    clients: integerFrom('--clients', values.clients ?? (rebalance ? '8' : '100'), 1, 10_000),
    moves: integerFrom('--moves', values.moves, 1, 1_000_000_000),
    idle: integerFrom('--idle', values.idle, 1, 20_000),
    workers: integerFrom('--workers', values.workers, 1, 64),
    reloads: integerFrom('--reloads', values.reloads, 1, 10_000),
    rounds: integerFrom('--rounds', values.rounds, 1, 10_000),
    seconds: minutes > 0 ? minutes * 60 : integerFrom('--seconds', values.seconds, 1, SECONDS_PER_DAY),
    starts: startsFrom(values.starts),
  };
}
