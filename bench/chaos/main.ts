/** `npm run chaos`: kills, adds and removes workers under load, under each policy, and says what was lost. */
import { parseArgs } from 'node:util';

import { integerFrom, refusedAsUsage, UsageError } from '../options.js';
import { createDelayedNetwork } from '../network/delayed-network.js';
import { Chaos, type ChaosPlan, type ChaosResult } from './run.js';

const ALL = [
  'idle',
  'hash',
  'random',
  'cpu',
  'sticky',
  'weighted:1,2,5',
  'round-robin',
  'least-connections',
  'least-pending',
  'two-choice',
  'adaptive@user=nobody',
  'hash@user=nobody',
] as const;

const usage = `usage: npm run chaos -- [policies] [options]
  policies          ${ALL.join(' ')}
                    options of reuseport run behind an @ each; user=nobody takes all rights away
  --events <n>      how often a worker is killed, added or removed (500)
  --seed <n>        the same seed makes the same events (another one each time)
  --rate <n>        new connections per second (300)
  --rtt <ms>        in a network of its own with that round trip (root only)
  --json            print JSON instead of a line for each policy`;

function parse() {
  return refusedAsUsage(() =>
    parseArgs({
      allowPositionals: true,
      options: {
        events: { type: 'string', default: '500' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        rate: { type: 'string', default: '300' },
        rtt: { type: 'string', default: '0' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }),
  );
}

const here: ChaosPlan['place'] = { host: '127.0.0.1', sources: '127.0.1.', serverLauncher: [], clientLauncher: [] };

async function findPlace(roundTripMs: number): Promise<{ place: ChaosPlan['place']; leave: () => Promise<unknown> }> {
  if (roundTripMs === 0) return { place: here, leave: async () => {} };
  const network = await createDelayedNetwork({ roundTripMs, lossPercent: 0 });
  if (typeof network === 'string') throw new UsageError(`--rtt: ${network}`);
  const { host, serverLauncher, client } = network.place;
  const sources = (client.firstSource ?? '').replace(/\d+$/, '');
  const place = { host, sources, serverLauncher, clientLauncher: client.launcher ?? [] };
  return { place, leave: () => network.close() };
}

function describe(result: ChaosResult): string {
  const { policy, events, connections, answered, allowed, undecided, violations, longestPendingMs, slowestMs } = result;
  const { kill, add, remove } = events;
  const { stolen, rescues, migrated, helplessRescues } = result.counters;
  return [
    `${policy}: ${kill} killed, ${add} added, ${remove} removed; ${connections} connections, ${answered} requests answered, ` +
      `${allowed} lost with their worker, ${undecided} undecided, ${violations.length} violations; ` +
      `slowest ${slowestMs} ms, longest pending ${longestPendingMs} ms; ` +
      `${rescues} rescues, ${stolen} stolen, ${migrated} migrated, ${helplessRescues} helpless`,
    ...violations.slice(0, 20).map((violation) => `  ${violation}`),
  ].join('\n');
}

async function main(): Promise<void> {
  const { values, positionals } = parse();
  if (values.help) {
    console.log(usage);
    return;
  }
  const events = integerFrom('--events', values.events, 1, 1_000_000);
  const seed = integerFrom('--seed', values.seed, 0, 2 ** 32 - 1);
  const ratePerSecond = integerFrom('--rate', values.rate, 1, 10_000);
  const { place, leave } = await findPlace(integerFrom('--rtt', values.rtt, 0, 2_000));
  let current: Chaos | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void Promise.allSettled([current?.abandon(), leave()]).then(() => process.exit(1));
    });
  }
  console.error(`seed ${seed}`);
  try {
    for (const policy of positionals.length > 0 ? positionals : ALL) {
      current = new Chaos({ policy, events, seed, ratePerSecond, place });
      const result = await current.run((done) => {
        if (done % 100 === 0) console.error(`${policy}: ${done} events`);
      });
      console.log(values.json ? JSON.stringify(result) : describe(result));
      if (result.violations.length > 0) process.exitCode = 1;
    }
  } finally {
    await leave();
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n${usage}`);
  process.exitCode = 2;
}
