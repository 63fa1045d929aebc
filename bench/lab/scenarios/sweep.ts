/** How many workers? */
import { shortFigure } from '../../report/short-figure.js';
import { availableParallelism } from 'node:os';
import type { Measurement, Variant } from '../../steering/scenario.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { measureThroughput } from '../../steering/throughput.js';
import { medianOf, nothingSaid } from '../judging.js';
import { MEMORY, memoryMegabytes } from '../memory.js';
import { CPU_MICROS, P99_MS, RATE } from '../metrics.js';
import type { LabSample } from '../result.js';
import { roundsOf, secondsOf } from '../scenario.js';
import type { Judgement, LabPlan, LabScenario } from '../scenario.js';

const MOST_WORKERS = 64;
const STEPS = 6;
const CONNECTIONS = 32;
const BURN_US = 200;
/** What a user gets, whatever rights he has. */
export const PROCESSES = 'auto';
export const PAIRS = `${PROCESSES}@threads=2`;

/** From 1 to 2 × cores + 1, which some advise; not each of them where there are many. */
export function workerCounts(cores: number): number[] {
  const most = Math.min(MOST_WORKERS, 2 * cores + 1);
  if (most <= STEPS) return Array.from({ length: most }, (_, index) => index + 1);
  const steps = [1, cores / 4, cores / 2, cores, (3 * cores) / 2, 2 * cores + 1];
  const counts = steps.map((step) => Math.min(most, Math.max(1, Math.round(step))));
  return [...new Set(counts)].toSorted((left, right) => left - right);
}

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

/** `idle@threads=2` has two of them in each process. */
export const threadsOf = (rival: string): number => Number(/@threads=(\d+)/.exec(rival)?.[1] ?? 1);

export function sweepVariants(plan: LabPlan, path: string): Variant[] {
  return workerCounts(availableParallelism()).map((workers) => ({
    name: `${workers} worker${workers === 1 ? '' : 's'}`,
    x: workers,
    workers,
    isFor: (rival) => workers % threadsOf(rival) === 0,
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

const counted = (count: number, what: string, plural = `${what}s`): string => `${count} ${count === 1 ? what : plural}`;

function at(samples: readonly LabSample[], rival: string, count: number, key: string): number | undefined {
  return medianOf(
    samples.filter(({ x }) => x === count),
    { rival, key },
  );
}

/** Little's law, L = λ·W, with the number of clients and the rate that were measured. */
function littleInWords(ratePerSecond: number, cpuMicros: number | undefined): string {
  const stayMs = (CONNECTIONS / ratePerSecond) * 1_000;
  const text = `By Little's law each of the ${CONNECTIONS} requests under way stays for ${shortFigure(stayMs)} ms (clients / rate)`;
  if (cpuMicros === undefined) return `${text}.`;
  const busy = (ratePerSecond * cpuMicros) / 1e6;
  return `${text}, of which it is on a processor for ${shortFigure(cpuMicros / 1_000)} ms: ${shortFigure(busy)} cores are busy.`;
}

/** The same number of loops in fewer processes, where that was measured. */
function threadsInWords(samples: readonly LabSample[]): string[] {
  const rivals = [...new Set(samples.map(({ rival }) => rival))].filter((rival) => threadsOf(rival) > 1);
  return rivals.flatMap((rival) => {
    const rates = ratesByCount(samples, rival);
    const enough = enoughWorkers(rates);
    if (enough === undefined) return [];
    const processRate = at(samples, PROCESSES, enough, RATE.key);
    const [own, others] = [rival, PROCESSES].map((name) => at(samples, name, enough, MEMORY.key));
    if (processRate === undefined || own === undefined || others === undefined) return [];
    const share = (((rates.get(enough) ?? 0) / processRate) * 100).toFixed(0);
    const threads = threadsOf(rival);
    const shape = `${counted(enough / threads, 'process', 'processes')} of ${threads} threads`;
    const memory = `${shortFigure(own)} MB instead of ${shortFigure(others)}`;
    return [`${enough} of them as ${shape} do ${share} % of what ${enough} processes do, with ${memory}.`];
  });
}

export function judgeCounts(samples: readonly LabSample[], cores: number): Judgement {
  const rates = ratesByCount(samples, PROCESSES);
  const enough = enoughWorkers(rates);
  const most = Math.max(...rates.keys());
  const rate = rates.get(enough ?? 0);
  if (enough === undefined || rate === undefined || most <= 1) return nothingSaid;
  const [little, much] = [enough, most].map((count) => at(samples, PROCESSES, count, MEMORY.key));
  const memory =
    little === undefined || much === undefined
      ? ''
      : ` and take ${shortFigure(much)} MB instead of ${shortFigure(little)}`;
  const share = ((rates.get(most) ?? 0) / rate) * 100;
  return {
    asExpected: enough <= cores,
    finding: [
      `${counted(enough, 'worker')} on ${counted(cores, 'core')} do ${shortFigure(rate)} requests/s, within 5 % of the best; ` +
        `${most} do ${share.toFixed(0)} % of that${memory}.`,
      littleInWords(rate, at(samples, PROCESSES, enough, CPU_MICROS.key)),
      ...threadsInWords(samples),
    ].join(' '),
  };
}

export const sweep: LabScenario = {
  name: 'sweep',
  title: 'How many workers',
  baseline: null,
  rivals: ({ quick }) => (quick ? [PROCESSES] : [PROCESSES, PAIRS, 'cluster-rr']),
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
  judge: (samples) => judgeCounts(samples, availableParallelism()),
};
