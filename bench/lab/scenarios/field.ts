/** The line that the field measures servers with, for servers of the field. */
import { findTool } from '../../debian.js';
import type { Measurement } from '../../steering/scenario.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { measureThroughputBy } from '../../steering/throughput.js';
import { allOf, listed, nothingSaid, present, ratioOf } from '../judging.js';
import { CPU_MICROS, RATE } from '../metrics.js';
import type { LabMetric, LabSample } from '../result.js';
import { roundsOf, secondsOf } from '../scenario.js';
import type { Judgement, LabPlan, LabScenario } from '../scenario.js';

const WORKERS = 2;
const CONNECTIONS = 100;
const THREADS = 12;

const WRK_CPU: LabMetric = { key: 'wrk CPU %', title: "wrk's own CPU, of one core", unit: '%', better: 'neither' };

const seconds = (plan: LabPlan): number => Math.max(1, Math.round(secondsOf(plan, 5, 1)));
const lineOf = (plan: LabPlan): string => `wrk -c ${CONNECTIONS} -t ${THREADS} -d ${seconds(plan)}s`;

async function measureField(server: SteeringServer, plan: LabPlan): Promise<Measurement> {
  const load = { connections: CONNECTIONS, threads: THREADS, newConnections: false, seconds: seconds(plan) };
  const { ratePerSecond, cpuMicros, load: result } = await measureThroughputBy(server, 'wrk', load);
  const { userNs, systemNs } = result.cpu;
  const numbers = {
    [RATE.key]: ratePerSecond,
    [CPU_MICROS.key]: cpuMicros,
    [WRK_CPU.key]: ((userNs + systemNs) / result.elapsedNs) * 100,
  };
  return { latency: null, numbers, loads: [result] };
}

const OURS = 'idle';
const PYTHONS = ['gunicorn-sync', 'gunicorn-gthread', 'gunicorn-gevent', 'uwsgi'];
const FULL_RIVALS = ['cluster-rr', 'pm2', 'watt', 'nginx', ...PYTHONS, 'hash@rescue-after=0ms', OURS, 'c-epoll'];
const QUICK_RIVALS = ['cluster-rr', 'nginx', 'gunicorn-gthread', OURS];

function judge(samples: readonly LabSample[]): Judgement {
  const list = listed(samples, FULL_RIVALS, { key: RATE.key }, '/s');
  if (list === '') return nothingSaid;
  const times = (rival: string, than: string): number | undefined => ratioOf(samples, { rival, key: RATE.key }, than);
  const conditions = [
    ...present(samples, PYTHONS).map((python) => times(OURS, python)),
    ...present(samples, ['nginx', 'c-epoll']).map((limit) => times(limit, OURS)),
  ];
  return {
    asExpected: allOf(conditions.map((ratio) => (ratio === undefined ? undefined : ratio > 1))),
    finding: `${list}.`,
  };
}

export const field: LabScenario = {
  name: 'field',
  title: 'The line of the field',
  baseline: 'cluster-rr',
  onlyRoot: true,
  tools: ['wrk'],
  rivals: ({ quick }) => (quick ? QUICK_RIVALS : FULL_RIVALS),
  metrics: [RATE, CPU_MICROS, WRK_CPU],
  charts: [
    { kind: 'bars', title: 'Requests per second that wrk counts', metric: RATE.key },
    { kind: 'bars', title: 'Server CPU for each request', metric: CPU_MICROS.key },
  ],
  aboutSeconds: (plan) => seconds(plan) + 3,
  experiment: (plan) => ({
    name: 'field',
    question: `What do servers of the field do beside ours under the line that is used to compare them, ${lineOf(plan)}?`,
    expected:
      'nginx and C++ answer most, Node comes next, Python last; among the Node rivals little differs, as connections stay ' +
      'open. Twelve threads of wrk take what the servers could use, so that all come closer than they are.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 1_000,
    lacks() {
      const found = findTool('wrk');
      return typeof found === 'string' ? found : undefined;
    },
    variants: () => [{ name: lineOf(plan), workers: WORKERS, measure: (server) => measureField(server, plan) }],
  }),
  judge,
};
