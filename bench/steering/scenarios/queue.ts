import { setTimeout as delay } from 'node:timers/promises';
import { openBurst, openToEachWorker } from '../burst-client.js';
import { allPolicies } from '../scenario.js';
import type { Measurement, Scenario, SteeringPlan } from '../scenario.js';
import type { SteeringServer } from '../steering-server.js';

const WORKERS = 4;
const QUEUED_PER_WORKER = 10;
const BLOCK_MS = 2_000;
/** All loops are busy while the connections come, so every policy spreads them; all but one are soon free again. */
const SHORT_BLOCK_MS = 10;
const DEADLINE_MS = 10_000;
const STOP_AFTER_MS = 300;
const STOP_MS = 2_000;
const AFTER_MS = 500;
const RATE_PER_SECOND = 200;
/** A request that waited for the stuck worker, and not for a short block or for a core. */
const STUCK_MS = 500;

/** Ten connections in the queue of a worker that then does not come back for two seconds. */
async function measureBlock(server: SteeringServer): Promise<Measurement> {
  const { host, port } = server.process.settings;
  const workers = await openToEachWorker(host, port, WORKERS, DEADLINE_MS);
  try {
    const [first, ...others] = workers;
    if (first === undefined) throw new Error('queue: no worker answered');
    first.send(`/block?ms=${BLOCK_MS}`);
    for (const other of others) other.send(`/block?ms=${SHORT_BLOCK_MS}`);
    const answers = await openBurst(host, port, WORKERS * QUEUED_PER_WORKER, DEADLINE_MS);
    const times = answers.filter(({ failure }) => failure === undefined).map(({ ms }) => ms);
    const numbers = {
      'slowest ms': Math.max(0, ...times),
      'behind the block': times.filter((ms) => ms >= STUCK_MS).length,
      'not answered': answers.length - times.length,
    };
    await first.answered();
    return { latency: null, numbers, loads: [] };
  } finally {
    for (const { close } of workers) close();
  }
}

/** A worker that is stopped while it waits for events: nothing that it publishes says so. */
async function measureStop(server: SteeringServer): Promise<Measurement> {
  const { connectionsBy } = await server.load({ count: WORKERS * 50, connections: 8 });
  const pid = Number(Object.keys(connectionsBy)[0]);
  if (!Number.isInteger(pid) || pid <= 1) throw new Error('queue: no worker answered');
  const durationMs = STOP_AFTER_MS + STOP_MS + AFTER_MS;
  const loading = server.load({
    ratePerSecond: RATE_PER_SECOND,
    durationMs,
    connections: 2_048,
    timeoutMs: DEADLINE_MS,
  });
  await delay(STOP_AFTER_MS);
  process.kill(pid, 'SIGSTOP');
  try {
    await Promise.race([delay(STOP_MS), loading]);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  const load = await loading;
  const numbers = { 'slowest ms': load.latency.total.maxNs / 1e6 };
  return { latency: load.latency.total, numbers, loads: [load] };
}

export function queue(plan: SteeringPlan): Scenario {
  return {
    name: 'queue',
    question: 'What becomes of connections that are already in the queue of a worker which then does not come back?',
    expected:
      'Without rescue the slowest waits for the whole block or stop (2 s). With rescue it waits for the detection and one ' +
      'hand-over: the block about 20 ms (10 of them the other workers are busy), the stop a few times --rescue-after.',
    others: ['plain', 'cluster-rr', 'shared'],
    policies: allPolicies,
    rounds: plan.rounds,
    warmupRequests: 200,
    variants: () => [
      { name: `${QUEUED_PER_WORKER} queued behind a block of ${BLOCK_MS} ms`, workers: WORKERS, measure: measureBlock },
      {
        name: `stopped for ${STOP_MS} ms under ${RATE_PER_SECOND} new connections/s`,
        workers: WORKERS,
        measure: measureStop,
      },
    ],
  };
}
