/** Does the load generator do what the field's own does? */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Measurement } from '../../steering/scenario.js';
import { programRival } from '../../steering/rivals.js';
import type { SteeringRival } from '../../steering/rivals.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { inProject } from '../../paths.js';
import { allOf, listed, nothingSaid, ratioOf } from '../judging.js';
import type { LabRival, LabSample } from '../result.js';
import { roundsOf, secondsOf } from '../scenario.js';
import type { LabScenario } from '../scenario.js';
import { RATE } from './sweep.js';

const run = promisify(execFile);
const CONNECTIONS = 64;
const SPARE_MS = 20_000;
const VARIANTS = { 'new connections': 1, 'kept connections': 0 } as const;

const TITLES = { loadgen: 'loadgen (ours)', wrk: 'wrk, one thread' } as const;
type Generator = keyof typeof TITLES;

const isGenerator = (name: string): name is Generator => Object.hasOwn(TITLES, name);

function notInstalled(error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? new Error('wrk is not installed (Debian: apt-get install wrk)') : (error as Error);
}

/** Requests per second of wrk's own report. @throws Error when there is none in it. */
export function wrkRate(report: string): number {
  const rate = Number(/^Requests\/sec: +([\d.]+)$/m.exec(report)?.[1]);
  if (!(rate > 0)) throw new Error(`wrk: no rate in its report: ${report}`);
  return rate;
}

async function rateByWrk(
  { process: { settings } }: SteeringServer,
  closing: boolean,
  seconds: number,
): Promise<number> {
  // It takes whole seconds only.
  const wholeSeconds = Math.max(1, Math.round(seconds));
  const header = closing ? ['-H', 'Connection: close'] : [];
  const args = [
    '-t1',
    `-c${CONNECTIONS}`,
    `-d${wholeSeconds}s`,
    ...header,
    `http://${settings.host}:${settings.port}/`,
  ];
  const { stdout } = await run('wrk', args, { timeout: wholeSeconds * 1_000 + SPARE_MS }).catch((error: unknown) => {
    throw notInstalled(error);
  });
  return wrkRate(stdout);
}

async function measureRate(
  server: SteeringServer,
  requestsPerConnection: 0 | 1,
  seconds: number,
): Promise<Measurement> {
  if (server.rival.name === 'wrk') {
    const rate = await rateByWrk(server, requestsPerConnection === 1, seconds);
    return { latency: null, numbers: { [RATE.key]: rate }, loads: [] };
  }
  const load = await server.load({ durationMs: seconds * 1_000, connections: CONNECTIONS, requestsPerConnection });
  const rate = (load.completedInWindow / load.windowNs) * 1e9;
  return { latency: null, numbers: { [RATE.key]: rate }, loads: [load] };
}

/** The same server for all of them. */
function servedFor(name: string): SteeringRival {
  const rival = { ...programRival(name, inProject('bench', 'rivals', 'steering-server.cjs')), single: true };
  return isGenerator(name) ? rival : { ...rival, command: () => `no load generator ${name}` };
}

const describe = (name: string): LabRival => ({
  name,
  title: isGenerator(name) ? TITLES[name] : name,
  family: name === 'loadgen' ? 'ours' : 'rival',
});

const CLOSE = 0.05;

const ratioOn = (samples: readonly LabSample[], variant: string): number | undefined =>
  ratioOf(samples, { rival: 'loadgen', key: RATE.key, variant }, 'wrk');

export const generator: LabScenario = {
  name: 'generator',
  title: 'The load generator against wrk',
  baseline: 'wrk',
  // The rivals are what asks; who answers is always the same.
  ownRivals: { rivalNamed: servedFor, describeRival: describe },
  rivals: () => ['loadgen', 'wrk'],
  metrics: [RATE],
  charts: [{ kind: 'bars', title: 'Requests per second that one process of Node answers', metric: RATE.key }],
  aboutSeconds: (plan) => 2 * secondsOf(plan, 5, 1) + 1.5,
  experiment: (plan) => ({
    name: 'generator',
    question: 'Does the load generator of this lab get as much out of a server as wrk does?',
    expected: 'Within 5 % of wrk, on new connections as on kept ones: a server does not mind who asks.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 5_000,
    variants: () =>
      Object.entries(VARIANTS).map(([name, requestsPerConnection]) => ({
        name,
        workers: 1,
        measure: (server) => measureRate(server, requestsPerConnection, secondsOf(plan, 5, 1)),
      })),
  }),
  judge(samples) {
    const variants = Object.keys(VARIANTS);
    const ratios = variants.map((variant) => ratioOn(samples, variant));
    const said = variants.map((variant) => {
      const list = listed(samples, ['loadgen', 'wrk'], { key: RATE.key, variant }, '/s');
      return list === '' ? [] : [`${variant}: ${list}`];
    });
    if (said.flat().length === 0) return nothingSaid;
    return {
      asExpected: allOf(ratios.map((ratio) => (ratio === undefined ? undefined : Math.abs(ratio - 1) <= CLOSE))),
      finding: `${said.flat().join('; ')}.`,
    };
  },
};
