import { openBurst, openToEachWorker } from '../burst-client.js';
import { countsOf, jainIndex, tallyOf } from '../sample.js';
import { allPolicies } from '../scenario.js';
import type { Measurement, Scenario, SteeringPlan } from '../scenario.js';
import type { SteeringServer } from '../steering-server.js';

const WORKERS = 4;
const BURST = 100;

/** Until the burst has come; without rescue, which would see four stuck loops. */
const BLOCK_MS = 150;
const DEADLINE_MS = 10_000;

/** All loops are in one turn while the connections come: nobody publishes anything that a choice could go by. */
async function measureBurst(server: SteeringServer): Promise<Measurement> {
  const { host, port } = server.process.settings;
  const workers = await openToEachWorker(host, port, WORKERS, DEADLINE_MS);
  try {
    for (const { send } of workers) send(`/block?ms=${BLOCK_MS}`);
    const answers = await openBurst(host, port, BURST, DEADLINE_MS);
    const counts = countsOf(tallyOf(answers.map(({ worker }) => worker)), WORKERS);
    const numbers = {
      most: counts[0] ?? 0,
      least: counts.at(-1) ?? 0,
      Jain: jainIndex(counts),
      'not answered': answers.filter(({ failure }) => failure !== undefined).length,
    };
    await Promise.all(workers.map(({ answered }) => answered()));
    return { latency: null, numbers, loads: [] };
  } finally {
    for (const { close } of workers) close();
  }
}

export function burst(plan: SteeringPlan): Scenario {
  return {
    name: 'burst',
    question: `Where do ${BURST} connections go that come while every loop is in one turn of ${BLOCK_MS} ms?`,
    expected: `With reservation by the program ${BURST / WORKERS} to each worker; by chance or hash up to 35; never all to one.`,
    others: ['plain'],
    policies: allPolicies.map((policy) => `${policy}@rescue-after=0ms`),
    rounds: plan.rounds,
    warmupRequests: 200,
    variants: () => [
      { name: `${BURST} connections in one turn of each loop`, workers: WORKERS, measure: measureBurst },
    ],
  };
}
