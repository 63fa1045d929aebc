import { measureCapacity } from '../capacity.js';
import { allPolicies } from '../scenario.js';
import type { Measurement, Scenario, SteeringPlan, Variant } from '../scenario.js';
import type { SteeringServer } from '../steering-server.js';

const WORKERS = 4;
const LOADS = { light: 0.3, medium: 0.6, heavy: 0.9 };
const COSTS = { cheap: 50, costly: 2_000 };
const LENGTHS = { short: 1, long: 100 };
const MOST_CONNECTIONS = 4_096;
/** Long connections are a pool: enough that a free one is there, few enough that their spread matters. */
const POOL = 64;
const QUICK_CAPACITY_MS = 150;

interface Case {
  cost: keyof typeof COSTS;
  length: keyof typeof LENGTHS;
}

const cases: readonly Case[] = [
  { cost: 'cheap', length: 'short' },
  { cost: 'costly', length: 'short' },
  { cost: 'cheap', length: 'long' },
  { cost: 'costly', length: 'long' },
];

const nameOf = ({ cost, length }: Case): string => `${cost}, ${length} connections`;

async function measureCase(
  server: SteeringServer,
  { cost, length }: Case,
  ratePerSecond: number,
  durationMs: number,
): Promise<Measurement> {
  const load = await server.load({
    path: `/burn?us=${COSTS[cost]}`,
    requestsPerConnection: LENGTHS[length],
    connections: length === 'long' ? POOL : MOST_CONNECTIONS,
    arrivals: 'poisson',
    ratePerSecond,
    durationMs,
  });
  return { latency: load.latency.total, numbers: { 'req/s': ratePerSecond }, loads: [load] };
}

/** The cases of Hermes (SIGCOMM 2025): what was best on one kind of traffic was worst on another. */
export function hermes(plan: SteeringPlan): Scenario {
  const durationMs = (plan.seconds ?? (plan.quick ? 1.5 : 5)) * 1_000;
  const capacities = new Map<string, number>();
  return {
    name: 'hermes',
    question: 'Is there a kind of traffic on which steering is worse than what it replaces?',
    expected:
      'Costly requests: far below plain SO_REUSEPORT from medium load on, and no worse than a shared listener. Cheap ' +
      'requests: no worse than plain SO_REUSEPORT.',
    others: ['plain', 'cluster-rr', 'shared'],
    policies: allPolicies,
    rounds: plan.rounds,
    warmupRequests: 2_500,
    prepare: {
      rival: 'plain',
      workers: WORKERS,
      async run(server) {
        for (const one of cases) {
          const work = { burnUs: COSTS[one.cost], requestsPerConnection: LENGTHS[one.length] };
          capacities.set(nameOf(one), await measureCapacity(server, work, plan.quick ? QUICK_CAPACITY_MS : undefined));
        }
      },
    },
    variants: () =>
      cases.flatMap((one) =>
        Object.entries(LOADS).map(([load, share]): Variant => ({
          name: `${nameOf(one)}, ${load}`,
          workers: WORKERS,
          measure: (server) => measureCase(server, one, share * (capacities.get(nameOf(one)) ?? 0), durationMs),
        })),
      ),
  };
}
