import { countsOf, jainIndex } from '../sample.js';
import { allPolicies } from '../scenario.js';
import type { Measurement, Scenario, SteeringPlan } from '../scenario.js';
import type { SteeringServer } from '../steering-server.js';

const WORKERS = 4;
const BURST = 100;

/** loadgen opens the first connections of a closed loop back to back, in about 3 ms. */
async function measureBurst(server: SteeringServer): Promise<Measurement> {
  const load = await server.load({ count: BURST, connections: BURST });
  const counts = countsOf(load.connectionsBy, WORKERS);
  const numbers = { most: counts[0] ?? 0, least: counts.at(-1) ?? 0, Jain: jainIndex(counts) };
  return { latency: load.latency.total, numbers, loads: [load] };
}

export function burst(plan: SteeringPlan): Scenario {
  return {
    name: 'burst',
    question: `Where do ${BURST} connections go that come before any worker could say what it has got?`,
    expected: `With reservation by the program about ${BURST / WORKERS} to each worker; never all to one.`,
    others: ['plain', 'cluster-rr', 'shared'],
    policies: allPolicies,
    rounds: plan.rounds,
    warmupRequests: 200,
    variants: () => [{ name: `${BURST} connections at once`, workers: WORKERS, measure: measureBurst }],
  };
}
