/** The request in the SYN: then the kernel queues the connection at once, and its choice is not a round trip old. */
import { createDelayedNetwork } from '../../network/delayed-network.js';
import { setInNetwork } from '../../network/own-network.js';
import type { OwnNetwork } from '../../network/own-network.js';
import type { Measurement } from '../../steering/scenario.js';
import { measureStall, RATE_PER_SECOND, WORKERS } from '../../steering/scenarios/stall.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { tcpCounterOf } from '../../system.js';
import { allOf, listed, medianOf, nothingSaid, present } from '../judging.js';
import { MAX_MS, P50_MS, P99_MS } from '../metrics.js';
import type { LabMetric, LabSample } from '../result.js';
import { roundsOf, secondsOf } from '../scenario.js';
import type { LabPlan, LabScenario } from '../scenario.js';

const ROUND_TRIP_MS = 20;
/** Bits of net.ipv4.tcp_fastopen: 1 of a client; 2 of a server, 0x400 for every listener of it, asked for or not. */
const OF_CLIENT = 1;
const OF_SERVER = 2 + 0x400;
/** A cookie is for one address of the client, and of about five Linux remembers what they got from the same server. */
const SOURCES = 4;

const BY_HANDSHAKE = 'the request after the handshake';
const IN_SYN = 'the request in the SYN';

const IN_SYN_SHARE: LabMetric = { key: 'in SYN %', title: 'came in the SYN', unit: '%', better: 'neither' };

async function createFastNetwork(): Promise<OwnNetwork | string> {
  const network = await createDelayedNetwork({ roundTripMs: ROUND_TRIP_MS, lossPercent: 0 });
  if (typeof network === 'string') return network;
  try {
    // Before the server listens: then its listeners have what it takes.
    setInNetwork(network.place.serverLauncher, 'ipv4/tcp_fastopen', String(OF_SERVER));
    setInNetwork(network.place.client.launcher ?? [], 'ipv4/tcp_fastopen', String(OF_CLIENT));
    return network;
  } catch (error) {
    await network.close();
    return (error as Error).message;
  }
}

const fastOpensOf = (pid: number): number => tcpCounterOf(pid, 'TCPFastOpenPassive');

async function measureFastOpen(server: SteeringServer, fastOpen: boolean, durationMs: number): Promise<Measurement> {
  const { rootPid } = server.process;
  const options = { fastOpen, sources: SOURCES };
  // Each address gets its cookie.
  if (fastOpen) await server.load({ ...options, count: 2 * SOURCES, connections: 1 });
  const before = fastOpensOf(rootPid);
  const { numbers, ...rest } = await measureStall(server, RATE_PER_SECOND, durationMs, options);
  const connections = rest.loads.reduce((sum, { completed }) => sum + completed, 0);
  const share = ((fastOpensOf(rootPid) - before) / connections) * 100;
  return { ...rest, numbers: { ...numbers, [IN_SYN_SHARE.key]: share } };
}

const NO_RESCUE = 'idle@rescue-after=0ms';
const RIVALS = ['plain', 'cluster-rr', 'shared', NO_RESCUE, 'idle'];
const seconds = (plan: LabPlan): number => secondsOf(plan, 8, 1.2);

function p99(samples: readonly LabSample[], variant: string): number | undefined {
  return medianOf(samples, { rival: NO_RESCUE, key: P99_MS.key, variant });
}

export const fastOpen: LabScenario = {
  name: 'fast-open',
  title: 'The request in the SYN (TCP Fast Open)',
  baseline: null,
  rivals: ({ quick }) => (quick ? ['plain', NO_RESCUE] : RIVALS),
  metrics: [P50_MS, P99_MS, MAX_MS, IN_SYN_SHARE],
  charts: [
    { kind: 'percentiles', title: 'How long a new connection waited for its answer' },
    { kind: 'bars', title: 'The slowest hundredth of them', metric: P99_MS.key },
  ],
  aboutSeconds: (plan) => 2 * seconds(plan) + 4,
  experiment: (plan) => ({
    name: 'fast-open',
    question:
      `From ${ROUND_TRIP_MS} ms away a choice at the SYN is old when the connection is accepted. What does TCP Fast Open ` +
      'change, where the request comes in the SYN and the connection is queued at once?',
    expected:
      'One round trip less for everybody. A worker that was idle at the SYN is still idle when it accepts: steering without ' +
      'rescue, whose p99 is close to the block of 300 ms with a handshake, comes far below it. Plain SO_REUSEPORT gains ' +
      'the round trip and nothing else.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 200,
    network: createFastNetwork,
    variants: () =>
      [BY_HANDSHAKE, IN_SYN].map((name) => ({
        name,
        workers: WORKERS,
        measure: (server) => measureFastOpen(server, name === IN_SYN, seconds(plan) * 1_000),
      })),
  }),
  judge(samples) {
    const list = (variant: string): string => listed(samples, RIVALS, { key: P99_MS.key, variant }, 'ms');
    if (list(IN_SYN) === '') return nothingSaid;
    const [slow, fast] = [p99(samples, BY_HANDSHAKE), p99(samples, IN_SYN)];
    const sooner = present(samples, RIVALS).map((rival) => {
      const [before, after] = [BY_HANDSHAKE, IN_SYN].map((variant) =>
        medianOf(samples, { rival, key: P50_MS.key, variant }),
      );
      return before === undefined || after === undefined ? undefined : after < before - ROUND_TRIP_MS / 2;
    });
    return {
      asExpected: allOf([...sooner, slow === undefined || fast === undefined ? undefined : fast < slow / 2]),
      finding: `p99 with a handshake: ${list(BY_HANDSHAKE)}; with the request in the SYN: ${list(IN_SYN)}.`,
    };
  },
};
