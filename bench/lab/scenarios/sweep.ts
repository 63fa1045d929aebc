/** How many workers? */
import { shortFigure } from '../../report/short-figure.js';
import { availableParallelism } from 'node:os';
import { readRssBytes } from '../../../src/supervisor/proc.js';
import type { Measurement, Variant } from '../../steering/scenario.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { measureThroughput } from '../../steering/throughput.js';
import { medianOf, nothingSaid } from '../judging.js';
import { CPU_MICROS, P99_MS } from '../metrics.js';
import type { LabMetric, LabSample } from '../result.js';
import { roundsOf, secondsOf } from '../scenario.js';
import type { Judgement, LabPlan, LabScenario } from '../scenario.js';

const MOST_WORKERS = 64;
const STEPS = 6;
const CONNECTIONS = 32;
const BURN_US = 200;
const RIVAL = 'idle';

export const RATE: LabMetric = { key: 'rate', title: 'requests', unit: '/s', better: 'more' };
export const MEMORY: LabMetric = { key: 'memory MB', title: 'memory of all processes', unit: 'MB', better: 'less' };

/** From 1 to 2 × cores + 1, which some advise; not each of them where there are many. */
export function workerCounts(cores: number): number[] {
  const most = Math.min(MOST_WORKERS, 2 * cores + 1);
  if (most <= STEPS) return Array.from({ length: most }, (_, index) => index + 1);
  const steps = [1, cores / 4, cores / 2, cores, (3 * cores) / 2, 2 * cores + 1];
  const counts = steps.map((step) => Math.min(most, Math.max(1, Math.round(step))));
  return [...new Set(counts)].toSorted((left, right) => left - right);
}

export const memoryMegabytes = (server: SteeringServer): number =>
  server.process.tree().reduce((sum, { pid }) => sum + (readRssBytes(pid) ?? 0), 0) / 1e6;

async function measureCount(server: SteeringServer, path: string, durationMs: number): Promise<Measurement> {
  const options = { durationMs, connections: CONNECTIONS, path };
  const { ratePerSecond, cpuMicros, load } = await measureThroughput(server, options);
  const numbers = {
    [RATE.key]: ratePerSecond,
    [CPU_MICROS.key]: cpuMicros,
    [MEMORY.key]: memoryMegabytes(server),
  };
  return { latency: load.latency.total, numbers, loads: [load] };
}

export function sweepVariants(plan: LabPlan, path: string): Variant[] {
  return workerCounts(availableParallelism()).map((workers) => ({
    name: `${workers} worker${workers === 1 ? '' : 's'}`,
    x: workers,
    workers,
    measure: (server) => measureCount(server, path, secondsOf(plan, 4, 1) * 1_000),
  }));
}

/** The least count that comes this close to the best rate is enough. */
const ENOUGH = 0.95;

/** Of the counts, the least that does nearly as much as the best; undefined without figures. */
export function enoughWorkers(rates: ReadonlyMap<number, number>): number | undefined {
  const best = Math.max(...rates.values());
  const enough = [...rates].filter(([, rate]) => rate >= ENOUGH * best).map(([count]) => count);
  return enough.length === 0 ? undefined : Math.min(...enough);
}

/** Median rates by the number of workers. */
export function ratesByCount(samples: readonly LabSample[], rival: string): Map<number, number> {
  const counts = new Set(samples.flatMap((sample) => (sample.rival === rival ? (sample.x ?? []) : [])));
  return new Map(
    [...counts].flatMap((count) => {
      const rate = medianOf(
        samples.filter(({ x }) => x === count),
        { rival, key: RATE.key },
      );
      return rate === undefined ? [] : [[count, rate] as const];
    }),
  );
}

export function judgeCounts(samples: readonly LabSample[], rival: string, cores: number): Judgement {
  const rates = ratesByCount(samples, rival);
  const enough = enoughWorkers(rates);
  const most = Math.max(...rates.keys());
  const rate = rates.get(enough ?? 0);
  if (enough === undefined || rate === undefined || most <= 1) return nothingSaid;
  const at = (count: number, key: string): number | undefined =>
    medianOf(
      samples.filter(({ x }) => x === count),
      { rival, key },
    );
  const [little, much] = [at(enough, MEMORY.key), at(most, MEMORY.key)];
  const memory =
    little === undefined || much === undefined
      ? ''
      : ` and takes ${shortFigure(much)} MB instead of ${shortFigure(little)}`;
  const share = ((rates.get(most) ?? 0) / rate) * 100;
  return {
    asExpected: enough <= cores,
    finding:
      `${enough} worker${enough === 1 ? '' : 's'} on ${cores} cores do ${shortFigure(rate)} requests/s, within 5 % of the best; ` +
      `${most} do ${share.toFixed(0)} % of that${memory}.`,
  };
}

export const sweep: LabScenario = {
  name: 'sweep',
  title: 'How many workers',
  baseline: null,
  rivals: ({ quick }) => (quick ? [RIVAL] : [RIVAL, 'cluster-rr']),
  metrics: [RATE, P99_MS, CPU_MICROS, MEMORY],
  charts: [
    { kind: 'lines', title: 'Requests per second at full speed', metric: RATE.key, x: 'workers' },
    { kind: 'lines', title: `p99 with ${CONNECTIONS} clients`, metric: P99_MS.key, x: 'workers' },
    { kind: 'lines', title: 'Memory of all processes', metric: MEMORY.key, x: 'workers' },
  ],
  aboutSeconds: (plan) => workerCounts(availableParallelism()).length * (secondsOf(plan, 4, 1) + 2.5),
  experiment: (plan) => ({
    name: 'sweep',
    question: `How many workers do most, when each request computes for ${BURN_US} µs, and what do 2 × cores + 1 cost?`,
    expected:
      'The rate grows up to a worker per core (fewer here, as the load generator needs one too) and then not any more; ' +
      'memory goes on growing with each.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 200,
    variants: () => sweepVariants(plan, `/burn?us=${BURN_US}`),
  }),
  judge: (samples) => judgeCounts(samples, RIVAL, availableParallelism()),
};
