/** Churn and keep-alive: how much, at what cost, and how late under a load that all can bear. */
import { shortFigure } from '../../report/short-figure.js';
import type { Measurement } from '../../steering/scenario.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { measureThroughput, measureThroughputBy } from '../../steering/throughput.js';
import { allOf, listed, medianOf, nothingSaid, ratioOf } from '../judging.js';
import { CPU_MICROS, P50_MS, P99_MS } from '../metrics.js';
import type { LabSample } from '../result.js';
import { roundsOf, secondsOf } from '../scenario.js';
import type { Judgement, LabPlan, LabScenario } from '../scenario.js';

const WORKERS = 2;
/** Enough that no worker runs dry, few enough that no accept queue overflows. */
const CONNECTIONS = 64;
const MOST_CONNECTIONS = 2_048;
const FULL_SPEED = 'full speed';
const RATE = 'rate';

interface Kind {
  name: string;
  title: string;
  question: string;
  expected: string;
  what: string;
  requestsPerConnection: 0 | 1;
  openRate: number;
  quick: { rounds: number; rivals: readonly string[] };
  judge: (samples: readonly LabSample[]) => Judgement;
}

const openName = ({ openRate, what }: Kind): string => `${openRate} ${what} by the clock`;

const seconds = (plan: LabPlan): number => secondsOf(plan, 3.5, 1);

/** A generator of others takes whole seconds, and one thread as ours does. */
function throughputOf(server: SteeringServer, kind: Kind, plan: LabPlan) {
  const { requestsPerConnection } = kind;
  const common = { connections: CONNECTIONS };
  if (plan.closedLoop === undefined) {
    return measureThroughput(server, { ...common, durationMs: seconds(plan) * 1_000, requestsPerConnection });
  }
  const load = { ...common, threads: 1, newConnections: requestsPerConnection === 1, seconds: wholeSeconds(plan) };
  return measureThroughputBy(server, plan.closedLoop, load);
}

const wholeSeconds = (plan: LabPlan): number => Math.max(1, Math.round(seconds(plan)));

async function atFullSpeed(server: SteeringServer, kind: Kind, plan: LabPlan): Promise<Measurement> {
  const { ratePerSecond, cpuMicros, load: result } = await throughputOf(server, kind, plan);
  // A client that waits for each answer hides what waiting does, so its latencies are not shown.
  return { latency: null, numbers: { [RATE]: ratePerSecond, [CPU_MICROS.key]: cpuMicros }, loads: [result] };
}

async function byTheClock(server: SteeringServer, kind: Kind, durationMs: number): Promise<Measurement> {
  const { requestsPerConnection, openRate: ratePerSecond } = kind;
  const connections = requestsPerConnection === 1 ? MOST_CONNECTIONS : CONNECTIONS;
  const load = await server.load({ durationMs, connections, requestsPerConnection, ratePerSecond });
  return { latency: load.latency.total, numbers: {}, loads: [load] };
}

const FULL_RIVALS = [
  'single',
  'cluster-rr',
  'cluster-none',
  'node-reuse-port',
  'pm2',
  'watt',
  'shared',
  'plain',
  'plain-uws',
  'nginx',
  'hash@rescue-after=0ms',
  'adaptive',
  'idle',
  'idle@server=uws',
  'c-epoll',
];

const fullSpeed = ({ closedLoop }: LabPlan): string =>
  closedLoop === undefined ? FULL_SPEED : `${FULL_SPEED}, by ${closedLoop}`;

function scenarioOf(kind: Kind): LabScenario {
  const { name, title, question, expected } = kind;
  return {
    name,
    title,
    baseline: 'cluster-rr',
    overNetwork: true,
    onlyRoot: true,
    closedLoop: { newConnections: kind.requestsPerConnection === 1 },
    rivals: ({ quick }) => (quick ? kind.quick.rivals : FULL_RIVALS),
    metrics: [{ key: RATE, title: kind.what, unit: '/s', better: 'more' }, CPU_MICROS, P50_MS, P99_MS],
    charts: [
      { kind: 'bars', title: `Server CPU for each of the ${kind.what}`, metric: CPU_MICROS.key },
      { kind: 'bars', title: `At full speed: ${kind.what} per second`, metric: RATE },
      { kind: 'percentiles', title: `Latency at ${openName(kind)}` },
    ],
    aboutSeconds: (plan) => 2 * seconds(plan) + 2.5,
    experiment: (plan) => ({
      name,
      question,
      expected,
      rounds: roundsOf(plan, kind.quick.rounds),
      warmupRequests: 2_500,
      variants: () => [
        { name: fullSpeed(plan), workers: WORKERS, measure: (server) => atFullSpeed(server, kind, plan) },
        {
          name: openName(kind),
          workers: WORKERS,
          measure: (server) => byTheClock(server, kind, seconds(plan) * 1_000),
        },
      ],
    }),
    judge: kind.judge,
  };
}

const OURS = 'idle';
const CPU_AT_FULL_SPEED = { key: CPU_MICROS.key };

function cpuFinding(all: readonly LabSample[], unit: string): { text: string; ratio: number } | undefined {
  const samples = all.filter(({ variant }) => variant.startsWith(FULL_SPEED));
  const ours = medianOf(samples, { ...CPU_AT_FULL_SPEED, rival: OURS });
  const ratio = ratioOf(samples, { ...CPU_AT_FULL_SPEED, rival: OURS }, 'cluster-rr');
  if (ours === undefined || ratio === undefined) return undefined;
  const others = listed(samples, ['cluster-rr', 'node-reuse-port', 'c-epoll'], CPU_AT_FULL_SPEED, 'µs');
  return {
    ratio,
    text: `Server CPU per ${unit}: ${OURS} ${shortFigure(ours)} µs, ${others}; ${shortFigure(ratio)} × cluster-rr.`,
  };
}

const MUCH_LESS = 0.7;
const ABOUT_THE_SAME = 0.25;

export const churn = scenarioOf({
  name: 'churn',
  title: 'A new connection for each request',
  question:
    'What does it cost to accept a connection, when the kernel chooses the worker and when a primary hands it on?',
  expected:
    'SO_REUSEPORT, steered or not, takes less than 0.7 of the CPU per connection that node:cluster round robin takes, whose ' +
    'primary accepts each connection and passes it on. Throughput follows, until the load generator is the limit.',
  what: 'new connections',
  requestsPerConnection: 1,
  openRate: 2_000,
  quick: { rounds: 1, rivals: ['cluster-rr', 'node-reuse-port', 'hash@rescue-after=0ms', 'idle', 'c-epoll'] },
  judge(samples) {
    const found = cpuFinding(samples, 'connection');
    return found === undefined ? nothingSaid : { asExpected: found.ratio < MUCH_LESS, finding: found.text };
  },
});

export const keepAlive = scenarioOf({
  name: 'keep-alive',
  title: 'Requests on connections that stay open',
  question: 'Is there a difference left when connections stay open, so that nobody has to be chosen?',
  expected:
    'Little: a request goes straight to its worker everywhere. What is left comes from how evenly the connections lie; ' +
    'CPU per request within a quarter of node:cluster.',
  what: 'requests',
  requestsPerConnection: 0,
  openRate: 4_000,
  quick: { rounds: 1, rivals: ['cluster-rr', 'idle'] },
  judge(samples) {
    const found = cpuFinding(samples, 'request');
    if (found === undefined) return nothingSaid;
    return { asExpected: allOf([Math.abs(found.ratio - 1) <= ABOUT_THE_SAME]), finding: found.text };
  },
});
