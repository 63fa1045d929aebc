import { timelinesOf } from '../../lab/timeline.js';
import { createDelayedNetwork } from '../../network/delayed-network.js';
import type { LoadOptions } from '../../load/loadgen.js';
import { shareAbove } from '../../report/histogram.js';
import { allPolicies } from '../scenario.js';
import type { Measurement, Scenario, SteeringPlan, Variant } from '../scenario.js';
import type { SteeringServer } from '../steering-server.js';

export const WORKERS = 4;
export const RATE_PER_SECOND = 500;
const BLOCK_MS = 300;
const BLOCK_EVERY_MS = 400;
/** More than can wait behind a block at any rate that this is meant for. */
const MOST_CONNECTIONS = 8_192;
/** A block and the pause after it have some of both. */
const STEP_MS = 50;
/** More than a drawing can show. */
const MOST_STEPS = 2_000;
/** Above any round trip meant here, below a block: what has waited for a stuck worker. */
const STUCK_NS = 100e6;

/** New connections by the clock, and beside them requests that stop the worker which gets them. */
export async function measureStall(
  server: SteeringServer,
  ratePerSecond: number,
  durationMs: number,
  options: Pick<LoadOptions, 'fastOpen' | 'sources'> = {},
): Promise<Measurement> {
  const blocks = server.load({
    ...options,
    path: `/block?ms=${BLOCK_MS}`,
    ratePerSecond: 1_000 / BLOCK_EVERY_MS,
    durationMs,
    connections: 64,
  });
  const timelineMs = Math.max(STEP_MS, Math.ceil(durationMs / MOST_STEPS));
  const common = { ...options, ratePerSecond, durationMs, timelineMs };
  const load = await server.load({ ...common, connections: MOST_CONNECTIONS });
  const numbers = { 'stuck %': shareAbove(load.latency.total, STUCK_NS) * 100 };
  return { latency: load.latency.total, numbers, loads: [load, await blocks], timelines: timelinesOf(load, []) };
}

function variantOf(plan: SteeringPlan, label: string): Variant {
  const rate = plan.rate ?? RATE_PER_SECOND;
  const seconds = plan.connections === undefined ? (plan.seconds ?? (plan.quick ? 4 : 10)) : plan.connections / rate;
  const volume = plan.connections === undefined ? '' : `, ${plan.connections} connections`;
  return {
    name: `${label}${rate} new connections/s${volume}`,
    workers: WORKERS,
    measure: (server) => measureStall(server, rate, Math.ceil(seconds * 1_000)),
  };
}

const common = {
  others: ['plain', 'cluster-rr', 'shared'],
  policies: allPolicies,
  warmupRequests: 500,
} as const;

export function stall(plan: SteeringPlan): Scenario {
  return {
    ...common,
    name: 'stall',
    question:
      `How long does a new connection wait when, every ${BLOCK_EVERY_MS} ms, one of ${WORKERS} workers is stuck for ` +
      `${BLOCK_MS} ms?`,
    expected:
      'Plain SO_REUSEPORT: p90 in the hundred milliseconds, p99 close to the block. Cluster round robin and a shared ' +
      'listener: p99 below 10 ms, max close to the block. idle: p99 below both, max far below the block.',
    rounds: plan.rounds,
    variants: () => [variantOf(plan, '')],
  };
}

export function network(plan: SteeringPlan): Scenario {
  const { roundTripMs, lossPercent } = plan;
  return {
    ...common,
    name: 'network',
    question: 'Does it hold where the choice at the SYN is a round trip old when the connection is accepted?',
    expected:
      `With ${roundTripMs} ms, two of them make the least latency. Plain SO_REUSEPORT and steering without rescue: p99 ` +
      'close to the block. Cluster round robin and a shared listener: p99 about ten above the least. Steering with rescue: ' +
      'no more than these, and not one connection failed.',
    rounds: plan.rounds,
    network: () => createDelayedNetwork({ roundTripMs, lossPercent }),
    variants: () => [variantOf(plan, `${roundTripMs} ms round trip, ${lossPercent} % loss, `)],
  };
}
