/** Clients are not equal: one of them may make as many connections as all others together. */
import { countsOf, jainIndex } from '../../steering/sample.js';
import type { Measurement } from '../../steering/scenario.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { allOf, listed, nothingSaid, present, valuesOf } from '../judging.js';
import { JAIN } from '../metrics.js';
import type { LabMetric } from '../result.js';
import { roundsOf } from '../scenario.js';
import type { LabScenario } from '../scenario.js';

const WORKERS = 4;
const CONNECTIONS = 2_000;
const AT_ONCE = 16;
const ADDRESSES = 100;
const FIRST_ADDRESS = '127.1.2.1';
const HEAVY = 'one client makes half of the connections';
const SHARES = { 'all clients alike': 0, [HEAVY]: 50 } as const;

const FULLEST: LabMetric = {
  key: 'fullest worker %',
  title: `connections on the fullest worker (${100 / WORKERS} is even)`,
  unit: '%',
  better: 'less',
};

async function measure(server: SteeringServer, heavyPercent: number): Promise<Measurement> {
  const clients = { sources: ADDRESSES, firstSource: FIRST_ADDRESS, heavyPercent };
  const load = await server.load({ count: CONNECTIONS, connections: AT_ONCE, ...clients });
  const byWorker = countsOf(load.connectionsBy, WORKERS);
  const share = ((byWorker[0] ?? 0) / load.completed) * 100;
  return { latency: null, numbers: { [FULLEST.key]: share, [JAIN.key]: jainIndex(byWorker) }, loads: [load], byWorker };
}

const HASH = 'hash@rescue-after=0ms';
const STICKY = 'sticky@rescue-after=0ms';
const RIVALS = ['cluster-rr', 'plain', HASH, STICKY, 'idle'];
/** Of 2000 by hash the fullest of four has hardly ever more than 29. */
const EVEN_PERCENT = 35;

export const hitters: LabScenario = {
  name: 'hitters',
  title: 'One client makes half of the connections',
  baseline: null,
  onlyRoot: true,
  rivals: ({ quick }) => (quick ? [HASH, STICKY] : RIVALS),
  metrics: [FULLEST, JAIN],
  charts: [{ kind: 'bars', title: 'The fullest worker', metric: FULLEST.key }],
  aboutSeconds: () => 2.5,
  experiment: (plan) => ({
    name: 'hitters',
    question: `What becomes of the balance of ${WORKERS} workers when one of ${ADDRESSES} addresses makes half of the connections?`,
    expected:
      'By hash nothing: the port of each connection counts as much as its address. With --steer sticky, where a client has ' +
      'one worker, that worker has at least half of all connections, and its part of the others.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 50,
    variants: () =>
      Object.entries(SHARES).map(([name, heavyPercent]) => ({
        name,
        workers: WORKERS,
        measure: (server) => measure(server, heavyPercent),
      })),
  }),
  judge(samples) {
    const list = listed(samples, RIVALS, { key: FULLEST.key, variant: HEAVY }, '%');
    if (list === '') return nothingSaid;
    const conditions = present(samples, [HASH, STICKY]).flatMap((rival) =>
      valuesOf(samples, { rival, key: FULLEST.key, variant: HEAVY }).map((share) =>
        rival === STICKY ? share >= 50 : share < EVEN_PERCENT,
      ),
    );
    return { asExpected: allOf(conditions), finding: `On the fullest worker: ${list}.` };
  },
};
