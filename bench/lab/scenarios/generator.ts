/** Does the load generator do what the field's own does? */
import { closedLoops, isClosedLoop, runClosedLoop } from '../../closed-loop/run.js';
import { findTool } from '../../debian.js';
import type { Measurement } from '../../steering/scenario.js';
import { pinnedPlace } from '../../steering/pinned-place.js';
import { programRival } from '../../steering/rivals.js';
import type { SteeringRival } from '../../steering/rivals.js';
import type { ClientLoad } from '../../steering/sample.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { inProject } from '../../paths.js';
import type { Estimate } from '../../report/bootstrap.js';
import { shortFigure } from '../../report/short-figure.js';
import { listed, medianOf, nothingSaid, ratioEstimateOf } from '../judging.js';
import { CPU_MICROS, RATE } from '../metrics.js';
import type { LabMetric, LabRival, LabSample } from '../result.js';
import { roundsOf, secondsOf } from '../scenario.js';
import type { LabScenario } from '../scenario.js';

const CONNECTIONS = 64;
const VARIANTS = { 'new connections': true, 'kept connections': false } as const;

const OURS = 'loadgen';
const PACE_PER_SECOND = 5_000;
/** An open loop, which of these only ours has. */
const PACED = `${PACE_PER_SECOND} new connections/s by the clock`;
const MOST_LATE_MS = 1;
const MOST_CONNECTIONS = 2_048;
const NAMES = [OURS, ...Object.keys(closedLoops)];

const isGenerator = (name: string): boolean => NAMES.includes(name);

const titleOf = (name: string): string => {
  if (name === OURS) return 'loadgen (ours)';
  return isClosedLoop(name) ? `${closedLoops[name].title}, one thread` : name;
};

const CLIENT_CPU: LabMetric = {
  key: 'client CPU %',
  title: "the generator's own CPU, of one core",
  unit: '%',
  better: 'neither',
};

const LATE: LabMetric = {
  key: 'late p99 ms',
  title: 'requests sent after their time, p99',
  unit: 'ms',
  better: 'less',
};

/** How late is it beside a server that has its hands full? */
async function measureLateness(server: SteeringServer, seconds: number): Promise<Measurement> {
  const options = { durationMs: seconds * 1_000, connections: MOST_CONNECTIONS, requestsPerConnection: 1 };
  const load = await server.load({ ...options, ratePerSecond: PACE_PER_SECOND });
  const rate = (load.completedInWindow / load.windowNs) * 1e9;
  const { numbers, ...rest } = measured(rate, load);
  return { ...rest, numbers: { ...numbers, [LATE.key]: load.latency.lag.p99Ns / 1e6 } };
}

function measured(rate: number, load: ClientLoad): Measurement {
  const { userNs, systemNs } = load.cpu;
  const numbers = { [RATE.key]: rate, [CLIENT_CPU.key]: ((userNs + systemNs) / load.elapsedNs) * 100 };
  return { latency: null, numbers, loads: [load] };
}

async function measureRate(server: SteeringServer, newConnections: boolean, seconds: number): Promise<Measurement> {
  const { name } = server.rival;
  if (!isClosedLoop(name)) {
    // Asking at once is easier on the server: it has accepted and read in one turn.
    const options = { durationMs: seconds * 1_000, connections: CONNECTIONS, awaitWritable: true };
    const load = await server.load({ ...options, requestsPerConnection: newConnections ? 1 : 0 });
    return measured((load.completedInWindow / load.windowNs) * 1e9, load);
  }
  const { host, port } = server.process.settings;
  const { launcher = [] } = server.place.client;
  const common = { host, port, connections: CONNECTIONS, threads: 1, newConnections, launcher };
  const load = { ...common, seconds: Math.max(1, Math.round(seconds)) };
  // One that only keeps connections has no figure for new ones.
  if (typeof closedLoops[name].words(load) === 'string') return { latency: null, numbers: {}, loads: [] };
  const result = await runClosedLoop(name, load);
  return measured(result.ratePerSecond, result);
}

/** oha is no package of Debian's. */
const fullRivals = (): string[] => {
  const others = ['wrk', 'h2load', 'autocannon', ...(typeof findTool('oha') === 'string' ? [] : ['oha'])];
  return [OURS, ...others];
};

/** The same server for all of them. */
function servedFor(name: string): SteeringRival {
  const rival = { ...programRival(name, inProject('bench', 'rivals', 'steering-server.cjs')), single: true };
  return isGenerator(name) ? rival : { ...rival, command: () => `no load generator ${name}` };
}

const describe = (name: string): LabRival => ({
  name,
  title: titleOf(name),
  family: name === OURS ? 'ours' : 'rival',
});

const CLOSE = 0.05;

/** Fewer say nothing about how far others would be. */
const ROUNDS_TO_DIFFER = 4;

const ratioOn = (samples: readonly LabSample[], variant: string): Estimate | undefined =>
  ratioEstimateOf(samples, { rival: OURS, key: RATE.key, variant }, 'wrk');

/** Undefined where the rounds are too far apart to tell: the interval has both ratios that are close and others. */
function isClose({ median, low, high, rounds }: Estimate): boolean | undefined {
  if (Math.abs(median - 1) <= CLOSE) return true;
  const differs = rounds >= ROUNDS_TO_DIFFER && (low > 1 + CLOSE || high < 1 - CLOSE);
  return differs ? false : undefined;
}

function verdictOf(ratios: readonly Estimate[], late: number | undefined): boolean | null {
  const verdicts = [...ratios.map(isClose), ...(late === undefined ? [] : [late < MOST_LATE_MS])];
  if (verdicts.includes(false)) return false;
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === true) ? true : null;
}

function ratioText(ratio: Estimate | undefined): string {
  if (ratio === undefined) return '';
  const { median, low, high, rounds } = ratio;
  const interval = rounds === 1 ? '' : `, 95 %: ${shortFigure(low)} to ${shortFigure(high)}`;
  return ` (${shortFigure(median)} ×${interval})`;
}

export const generator: LabScenario = {
  name: 'generator',
  title: 'The load generator against wrk',
  baseline: 'wrk',
  // The rivals are what asks; who answers is always the same.
  ownRivals: { rivalNamed: servedFor, describeRival: describe },
  rivals: ({ quick }) => (quick ? [OURS, 'wrk'] : fullRivals()),
  tools: ['wrk', 'h2load'],
  metrics: [RATE, CPU_MICROS, CLIENT_CPU, LATE],
  charts: [
    { kind: 'bars', title: 'Requests per second that one process of Node answers', metric: RATE.key },
    { kind: 'bars', title: "The generator's own CPU, of one core", metric: CLIENT_CPU.key },
  ],
  aboutSeconds: (plan) => 2.5 * secondsOf(plan, 5, 1) + 1.5,
  experiment: (plan) => ({
    name: 'generator',
    question: 'Does the load generator of this lab get as much out of a server as wrk does?',
    expected:
      'Within 5 % of wrk, on new connections as on kept ones: a server does not mind who asks. Each has a processor of its ' +
      'own where there are two, one thread, one source address, the same requests. By the clock, at ' +
      `${PACE_PER_SECOND} new connections/s, 99 of 100 requests start less than ${MOST_LATE_MS} ms after their time.`,
    rounds: roundsOf(plan, 1),
    warmupRequests: 5_000,
    network: async () => ({ how: 'loopback', place: pinnedPlace(), close: async () => undefined }),
    variants: () => [
      ...Object.entries(VARIANTS).map(([name, newConnections]) => ({
        name,
        workers: 1,
        measure: (server: SteeringServer) => measureRate(server, newConnections, secondsOf(plan, 5, 1)),
      })),
      {
        name: PACED,
        workers: 1,
        isFor: (rival) => rival === OURS,
        measure: (server) => measureLateness(server, secondsOf(plan, 5, 1)),
      },
    ],
  }),
  judge(samples) {
    const variants = Object.keys(VARIANTS);
    const ratios = variants.flatMap((variant) => ratioOn(samples, variant) ?? []);
    const said = variants.map((variant) => {
      const list = listed(samples, NAMES, { key: RATE.key, variant }, '/s');
      return list === '' ? [] : [`${variant}: ${list}${ratioText(ratioOn(samples, variant))}`];
    });
    const late = medianOf(samples, { rival: OURS, key: LATE.key });
    const lateness = late === undefined ? [] : [`p99 of its lateness at ${PACE_PER_SECOND}/s: ${shortFigure(late)} ms`];
    const parts = [...said.flat(), ...lateness];
    return parts.length === 0 ? nothingSaid : { asExpected: verdictOf(ratios, late), finding: `${parts.join('; ')}.` };
  },
};
