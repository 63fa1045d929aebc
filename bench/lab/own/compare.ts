/** `reuseport bench compare server.js`: a user's own program under each way of sharing a port. */
import { shortFigure } from '../../report/short-figure.js';
import type { LoadOptions } from '../../load/loadgen.js';
import { median } from '../../report/statistics.js';
import type { Measurement, Variant } from '../../steering/scenario.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { measureThroughput } from '../../steering/throughput.js';
import { medianOf, nothingSaid } from '../judging.js';
import { MEMORY, memoryMegabytes } from '../memory.js';
import { CPU_MICROS, FAILED, P50_MS, P99_MS, RATE } from '../metrics.js';
import type { LabSample } from '../result.js';
import { roundsOf, secondsOf } from '../scenario.js';
import type { Judgement, LabPlan, LabScenario } from '../scenario.js';
import { adviseFrom } from './advice.js';
import type { Standing } from './advice.js';
import { describeOwnRival, OWN_RIVALS, ownRivalNamed, QUICK_OWN_RIVALS } from './rivals.js';
import type { OwnScript } from './rivals.js';

export const LOADS = {
  new: 'new connections',
  'keep-alive': 'kept connections',
  bursts: 'bursts on kept connections',
} as const;
export type LoadName = keyof typeof LOADS;

export interface OwnLoad {
  loads: readonly LoadName[];
  path: string;
  workers: number;
  /** Of the load by the clock; undefined: a half of what node:cluster can. */
  ratePerSecond: number | undefined;
}

const CONNECTIONS = 32;
/** As many as there are clients: all speak at one moment. */
const BURST = CONNECTIONS;
const MOST_CONNECTIONS = 4_096;
/** All must bear it, and queues must not be the whole story. */
const SHARE_OF_CAPACITY = 0.5;
const PREPARE_MS = 1_500;

const atFullSpeed = (load: LoadName): string => `${LOADS[load]}, full speed`;
const byTheClock = (load: LoadName): string => `${LOADS[load]}, by the clock`;

type Options = Omit<LoadOptions, 'target'>;

function optionsOf(load: LoadName, path: string, durationMs: number): Options {
  return { path, durationMs, connections: CONNECTIONS, requestsPerConnection: load === 'new' ? 1 : 0 };
}

async function measureFull(server: SteeringServer, options: Options): Promise<Measurement> {
  const { ratePerSecond, cpuMicros, load } = await measureThroughput(server, options);
  const numbers = {
    [RATE.key]: ratePerSecond,
    [CPU_MICROS.key]: cpuMicros,
    [MEMORY.key]: memoryMegabytes(server),
    [FAILED.key]: Object.values(load.failures).reduce((sum, count) => sum + count, 0),
  };
  return { latency: null, numbers, loads: [load] };
}

async function measureClock(
  server: SteeringServer,
  options: Options,
  ratePerSecond: number,
  burst: number,
): Promise<Measurement> {
  const connections = options.requestsPerConnection === 1 ? MOST_CONNECTIONS : CONNECTIONS;
  const load = await server.load({ ...options, connections, ratePerSecond, arrivals: 'poisson', burst });
  const failed = Object.values(load.failures).reduce((sum, count) => sum + count, 0);
  return { latency: load.latency.total, numbers: { [FAILED.key]: failed, 'at rate': ratePerSecond }, loads: [load] };
}

function standingsOf(samples: readonly LabSample[], load: LoadName): Standing[] {
  const rivals = [...new Set(samples.map(({ rival }) => rival))];
  return rivals.flatMap((rival) => {
    const full = (key: string): number | undefined => medianOf(samples, { rival, key, variant: atFullSpeed(load) });
    const [ratePerSecond, cpuMicros] = [full(RATE.key), full(CPU_MICROS.key)];
    const p99Ms = medianOf(samples, { rival, key: P99_MS.key, variant: byTheClock(load) });
    if (ratePerSecond === undefined || cpuMicros === undefined || p99Ms === undefined) return [];
    const own = samples.filter((sample) => sample.rival === rival && sample.variant.startsWith(LOADS[load]));
    const failed = own.reduce((sum, { numbers }) => sum + (numbers[FAILED.key] ?? 0), 0);
    return [{ rival, ours: describeOwnRival(rival).family === 'ours', failed, ratePerSecond, cpuMicros, p99Ms }];
  });
}

export function judgeOwn(samples: readonly LabSample[], loads: readonly LoadName[]): Judgement {
  const sentences = loads.flatMap((load) => {
    const advice = adviseFrom(standingsOf(samples, load));
    return advice === undefined ? [] : [`On ${LOADS[load]} ${advice.best} is best for it. ${advice.why.join(' ')}`];
  });
  return sentences.length === 0 ? nothingSaid : { asExpected: null, finding: sentences.join(' ') };
}

async function capacityOf(server: SteeringServer, options: Options): Promise<number> {
  const rates: number[] = [];
  for (let time = 0; time < 3; time++) {
    const load = await server.load({ ...options, durationMs: PREPARE_MS / 3 });
    rates.push((load.completedInWindow / load.windowNs) * 1e9);
  }
  const capacity = median(rates);
  if (capacity === 0) throw new Error(`no request to ${options.path} was answered`);
  return capacity;
}

const seconds = (plan: LabPlan): number => secondsOf(plan, 5, 1.2);

export function ownComparison(script: OwnScript, own: OwnLoad): LabScenario {
  const { loads, path, workers } = own;
  const rates = new Map<LoadName, number>();
  const variantsOf = (plan: LabPlan, load: LoadName): Variant[] => {
    const options = optionsOf(load, path, seconds(plan) * 1_000);
    const rate = (): number => own.ratePerSecond ?? rates.get(load) ?? 1;
    const burst = load === 'bursts' ? BURST : 1;
    return [
      { name: atFullSpeed(load), workers, measure: (server) => measureFull(server, options) },
      { name: byTheClock(load), workers, measure: (server) => measureClock(server, options, rate(), burst) },
    ];
  };
  return {
    name: 'compare',
    title: 'Your program under each way of sharing a port',
    advises: true,
    baseline: 'cluster-rr',
    ownRivals: { rivalNamed: ownRivalNamed(script), describeRival: describeOwnRival },
    rivals: ({ quick }) => (quick ? QUICK_OWN_RIVALS : OWN_RIVALS),
    metrics: [
      RATE,
      CPU_MICROS,
      P50_MS,
      P99_MS,
      MEMORY,
      FAILED,
      { key: 'at rate', title: 'by the clock', unit: '/s', better: 'neither' },
    ],
    charts: [
      { kind: 'bars', title: 'Requests per second at full speed', metric: RATE.key },
      { kind: 'bars', title: 'Server CPU per request', metric: CPU_MICROS.key },
      { kind: 'percentiles', title: 'Latency under the same load for all' },
    ],
    aboutSeconds: (plan) => 2 * loads.length * seconds(plan) + 4,
    experiment: (plan) => ({
      name: 'compare',
      question: `Which way of running ${script.file} with ${workers} worker${workers === 1 ? '' : 's'} is best for it?`,
      expected:
        'Programs that do little for each of many new connections gain most from SO_REUSEPORT; those whose requests take ' +
        'long now and then gain from a choice by idleness; those that compute for long gain little from either.',
      rounds: roundsOf(plan, 1),
      warmupRequests: 500,
      warmupPath: path,
      prepare: {
        rival: 'cluster-rr',
        workers,
        async run(server) {
          for (const load of loads) {
            const capacity = await capacityOf(server, optionsOf(load, path, PREPARE_MS));
            rates.set(load, Number(shortFigure(capacity * SHARE_OF_CAPACITY)));
          }
        },
      },
      variants: () => loads.flatMap((load) => variantsOf(plan, load)),
    }),
    judge: (samples) => judgeOwn(samples, loads),
  };
}
