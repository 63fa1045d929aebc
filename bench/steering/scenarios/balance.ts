import { countsOf, jainIndex } from '../sample.js';
import type { Measurement, Scenario, SteeringPlan } from '../scenario.js';
import type { SteeringServer } from '../steering-server.js';

const WORKERS = 8;
const CONNECTIONS = 16;
/** Each round is a restart: its connections are spread anew. */
const RESTARTS = 20;
const QUICK_RESTARTS = 5;

async function measureBalance(server: SteeringServer, durationMs: number): Promise<Measurement> {
  const load = await server.load({ durationMs, connections: CONNECTIONS, requestsPerConnection: 0 });
  const counts = countsOf(load.connectionsBy, WORKERS);
  const numbers = {
    Jain: jainIndex(counts),
    'most on one': counts[0] ?? 0,
    'workers without': counts.filter((count) => count === 0).length,
    'req/s': (load.completedInWindow / load.windowNs) * 1e9,
  };
  return { latency: load.latency.total, numbers, loads: [load] };
}

export function balance(plan: SteeringPlan): Scenario {
  const durationMs = (plan.seconds ?? (plan.quick ? 0.5 : 1.5)) * 1_000;
  return {
    name: 'balance',
    question: `How evenly do ${CONNECTIONS} long-lived connections lie on ${WORKERS} workers, and how much does it vary?`,
    expected:
      'Hash: Jain .711 on average, 4.2 on the fullest. least-connections and idle: .999 or more, so two on each. Cluster ' +
      'round robin: .94 or more. Throughput varies with it, but only where each worker has a core.',
    others: ['plain', 'cluster-rr'],
    policies: ['hash', 'idle', 'least-connections', 'least-pending', 'round-robin'],
    rounds: Math.max(plan.rounds, plan.quick ? QUICK_RESTARTS : RESTARTS),
    warmupRequests: 100,
    variants: () => [
      {
        name: `${CONNECTIONS} kept-alive connections on ${WORKERS} workers, a restart each round`,
        workers: WORKERS,
        measure: (server) => measureBalance(server, durationMs),
      },
    ],
  };
}
