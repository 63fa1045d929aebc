/** Busy connections that all began on one of two workers: what rebalancing makes of them. */
import { setTimeout as delay } from 'node:timers/promises';
import { cpuBetween, type ProcessStat } from '../process-tree.js';
import { type Service, startService } from '../promises/service.js';
import { echoProgram } from './fuzz.js';
import { HeavyClient } from './heavy-client.js';
import { Random } from './random.js';

export const starts = ['even', 'rebalance', 'no-rebalance'] as const;
export type Start = (typeof starts)[number];

export interface SkewOptions {
  node: string;
  seed: number;
  clients: number;
  seconds: number;
}

export interface SkewFigures {
  /** From the moment at which there are two workers; later connections count from their first answer. */
  answersPerSecond: number;
  /** The same of the first two seconds, in quarters of a second. */
  firstAnswers: number[];
  /** CPU time of each worker, as parts of the time measured; the busier first. */
  workersCpu: number[];
  masterCpu: number;
  /** Clients on each worker at the end, the more first. */
  clients: number[];
  moves: number;
  failures: string[];
}

/** Some milliseconds of work for each request, so that the clients cost next to nothing. */
const HEAVY = 'burn=100';
const QUARTER_MS = 250;
/** What a move may take. */
const SETTLE_MS = 2_000;

/** Throughput and CPU are of the time from {@link SETTLE_MS} on. */
export async function measureSkew(start: Start, options: SkewOptions): Promise<SkewFigures> {
  const { node, seed, clients: count, seconds } = options;
  const flags = ['--steer', 'hash', '--log-level', 'warn', start === 'rebalance' ? '--rebalance' : '--no-rebalance'];
  const service = await startService(start === 'even' ? 2 : 1, flags, { node, program: echoProgram });
  const clients: HeavyClient[] = [];
  try {
    clients.push(...(await (start === 'even' ? openEvenly : open)(service, count, seed)));
    for (const client of clients) client.start();
    if (start !== 'even') await service.command('scale', '2');
    const firstAnswers: number[] = [];
    for (let quarter = 0; quarter < SETTLE_MS / QUARTER_MS; quarter += 1) {
      firstAnswers.push((await answersWithin(clients, QUARTER_MS)) / (QUARTER_MS / 1_000));
    }
    const [before, beganMs] = [service.server.tree(), performance.now()];
    const answers = await answersWithin(clients, seconds * 1_000);
    const [after, passedMs] = [service.server.tree(), performance.now() - beganMs];
    await Promise.all(clients.map((client) => client.stop()));
    return {
      answersPerSecond: answers / (passedMs / 1_000),
      firstAnswers,
      ...cpuOf(service, before, after, passedMs),
      clients: clientsByWorker(clients),
      moves: (await service.status()).counters.rebalanced,
      failures: clients.flatMap(({ failures }) => failures),
    };
  } finally {
    for (const client of clients) client.close();
    await service.stop();
  }
}

function open({ port }: Service, count: number, seed: number): Promise<HeavyClient[]> {
  const indices = Array.from({ length: count }, (_, index) => index);
  return Promise.all(indices.map((index) => HeavyClient.open(port, `c${index}`, HEAVY, new Random(seed + index))));
}

/** Opens connections until both workers have half of them, and closes the others. */
async function openEvenly(service: Service, count: number, seed: number): Promise<HeavyClient[]> {
  const kept = new Map<string, HeavyClient[]>();
  for (let next = seed; [...kept.values()].flat().length < count; next += 1) {
    const client = await HeavyClient.open(service.port, `c${next}`, HEAVY, new Random(next));
    const same = kept.get(client.worker) ?? [];
    if (same.length < count / 2) kept.set(client.worker, [...same, client]);
    else client.close();
  }
  return [...kept.values()].flat();
}

async function answersWithin(clients: readonly HeavyClient[], ms: number): Promise<number> {
  const sum = () => clients.reduce((total, { answers }) => total + answers, 0);
  const before = sum();
  await delay(ms);
  return sum() - before;
}

function cpuOf({ server }: Service, before: readonly ProcessStat[], after: readonly ProcessStat[], passedMs: number) {
  const parts = cpuBetween(before, after).map(({ pid, cpuMicros }) => ({ pid, part: cpuMicros / 1_000 / passedMs }));
  return {
    masterCpu: parts.find(({ pid }) => pid === server.rootPid)?.part ?? 0,
    workersCpu: parts
      .filter(({ pid }) => pid !== server.rootPid)
      .map(({ part }) => part)
      .toSorted((a, b) => b - a),
  };
}

function clientsByWorker(clients: readonly HeavyClient[]): number[] {
  const counts = new Map<string, number>();
  for (const { worker } of clients) counts.set(worker, (counts.get(worker) ?? 0) + 1);
  return [...counts.values()].toSorted((a, b) => b - a);
}
