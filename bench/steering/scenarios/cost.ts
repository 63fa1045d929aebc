import { allPolicies } from '../scenario.js';
import type { Measurement, Scenario, SteeringPlan } from '../scenario.js';
import type { SteeringServer } from '../steering-server.js';
import { measureThroughput } from '../throughput.js';

const WORKERS = 2;
const CONNECTIONS = 64;
/** A ratio of a few percent needs more rounds than a picture of a tail. */
const LEAST_ROUNDS = 10;

const RATE = 'conn/s';
const CPU = 'CPU µs/conn';

async function measureCost(server: SteeringServer, durationMs: number): Promise<Measurement> {
  const { ratePerSecond, cpuMicros, load } = await measureThroughput(server, { durationMs, connections: CONNECTIONS });
  return { latency: null, numbers: { [RATE]: ratePerSecond, [CPU]: cpuMicros }, loads: [load] };
}

export function cost(plan: SteeringPlan): Scenario {
  const durationMs = (plan.seconds ?? (plan.quick ? 1 : 3.5)) * 1_000;
  return {
    name: 'cost',
    question: 'What does steering cost a new connection that needs none of it?',
    expected:
      'Throughput and server CPU per connection within 2 % of hash; cluster round robin at half the throughput.',
    others: ['plain', 'cluster-rr'],
    policies: allPolicies,
    rounds: plan.quick ? plan.rounds : Math.max(plan.rounds, LEAST_ROUNDS),
    warmupRequests: 2_500,
    ratios: { against: 'hash', of: [RATE, CPU] },
    variants: () => [
      {
        name: `${CONNECTIONS} at a time, each for one request, closed loop`,
        workers: WORKERS,
        measure: (server) => measureCost(server, durationMs),
      },
    ],
  };
}
