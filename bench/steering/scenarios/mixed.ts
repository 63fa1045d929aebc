import { allPolicies } from '../scenario.js';
import type { Measurement, Scenario, SteeringPlan } from '../scenario.js';
import type { SteeringServer } from '../steering-server.js';
import { measureCapacity } from '../capacity.js';

const WORKERS = 4;
const SHORT_US = 100;
const LONG_US = 10_000;
const LONG_SHARE = 0.01;
const LOADS = [0.5, 0.8];
const MOST_CONNECTIONS = 4_096;

/** Two streams of Poisson arrivals: together one stream of both kinds in that proportion. */
async function measureMix(server: SteeringServer, ratePerSecond: number, durationMs: number): Promise<Measurement> {
  const common = { durationMs, connections: MOST_CONNECTIONS, arrivals: 'poisson' } as const;
  const [short, long] = await Promise.all([
    server.load({ ...common, path: `/burn?us=${SHORT_US}`, ratePerSecond: ratePerSecond * (1 - LONG_SHARE) }),
    server.load({ ...common, path: `/burn?us=${LONG_US}`, ratePerSecond: ratePerSecond * LONG_SHARE }),
  ]);
  // p99 of all together would lie just where the long ones begin, so the short ones are shown by themselves.
  const numbers = { 'req/s': ratePerSecond, 'long p50 ms': long.latency.total.p50Ns / 1e6 };
  return { latency: short.latency.total, numbers, loads: [short, long] };
}

export function mixed(plan: SteeringPlan): Scenario {
  const durationMs = (plan.seconds ?? (plan.quick ? 3 : 10)) * 1_000;
  let capacity = 0;
  return {
    name: 'mixed',
    question: `How long does a request of ${SHORT_US} µs wait when one of a hundred takes ${LONG_US / 1_000} ms?`,
    expected:
      'Plain SO_REUSEPORT: p99 near and above a long request. A shared listener, least-pending and idle: a fraction of it, ' +
      'at both loads; cluster round robin in between.',
    others: ['plain', 'cluster-rr', 'shared'],
    policies: allPolicies,
    rounds: plan.rounds,
    warmupRequests: 2_500,
    prepare: {
      rival: 'plain',
      workers: WORKERS,
      async run(server) {
        capacity = await measureCapacity(
          server,
          { burnUs: SHORT_US, requestsPerConnection: 1 },
          Math.min(1_000, durationMs),
        );
        // A long one costs that much more of a core than a short one.
        const shortSeconds = 1 / capacity;
        const extraSeconds = (LONG_SHARE * (LONG_US - SHORT_US)) / 1e6 / server.parallelism;
        capacity = 1 / (shortSeconds + extraSeconds);
      },
    },
    variants: () =>
      LOADS.map((load) => ({
        name: `load ${load} of ${Math.round(capacity)} req/s`,
        workers: WORKERS,
        measure: (server) => measureMix(server, load * capacity, durationMs),
      })),
  };
}
