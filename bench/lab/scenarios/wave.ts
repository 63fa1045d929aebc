/** Where connections that stay were put shows when all of them speak at one moment. */
import { KeptClient } from '../../steering/kept-client.js';
import { countsOf, jainIndex, tallyOf } from '../../steering/sample.js';
import type { Measurement } from '../../steering/scenario.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { median } from '../../report/statistics.js';
import { allOf, listed, medianOf, nothingSaid, present, valuesOf } from '../judging.js';
import { JAIN, SLOWEST_MS } from '../metrics.js';
import type { LabMetric } from '../result.js';
import { roundsOf } from '../scenario.js';
import type { LabPlan, LabScenario } from '../scenario.js';

const WORKERS = 4;
const CLIENTS = 32;
const EVEN = CLIENTS / WORKERS;
/** Takes no processor, so that the number of cores does not matter. */
const TURN_MS = 5;
const LEAST_MS = EVEN * TURN_MS;
const WAVES = 10;
const QUICK_WAVES = 3;
const DEADLINE_MS = 10_000;

const FULLEST: LabMetric = {
  key: 'most on one',
  title: `connections on the fullest worker (${EVEN} is even)`,
  unit: '',
  better: 'less',
};

type Opening = 'one after the other' | 'in one moment';

function variantName(opening: Opening): string {
  return `opened ${opening}`;
}

async function openClients({ process: { settings } }: SteeringServer, opening: Opening): Promise<KeptClient[]> {
  const open = (): Promise<KeptClient> => KeptClient.connect(settings.host, settings.port, DEADLINE_MS);
  if (opening === 'in one moment') return Promise.all(Array.from({ length: CLIENTS }, open));
  const clients: KeptClient[] = [];
  for (let index = 0; index < CLIENTS; index++) {
    const client = await open();
    clients.push(client);
    // Its worker has taken it, and knows.
    await client.ask('/');
  }
  return clients;
}

async function measureWave(server: SteeringServer, opening: Opening, waves: number): Promise<Measurement> {
  const clients = await openClients(server, opening);
  try {
    const slowest: number[] = [];
    let workers: string[] = [];
    for (let wave = 0; wave < waves; wave++) {
      const answers = await Promise.all(clients.map((client) => client.ask(`/block?ms=${TURN_MS}`)));
      slowest.push(Math.max(...answers.map(({ ms }) => ms)));
      workers = answers.map(({ worker }) => worker);
    }
    const byWorker = countsOf(tallyOf(workers), WORKERS);
    const numbers = {
      [FULLEST.key]: byWorker[0] ?? 0,
      [SLOWEST_MS.key]: median(slowest),
      [JAIN.key]: jainIndex(byWorker),
    };
    return { latency: null, numbers, loads: [], byWorker };
  } finally {
    for (const client of clients) client.close();
  }
}

/** Rescue would move some of those that come at once: that is its task, and here beside the point. */
const COUNTED = ['round-robin@rescue-after=0ms', 'least-connections@rescue-after=0ms'];
const OURS = 'idle';
const RIVALS = ['plain', 'cluster-rr', 'shared', 'hash', ...COUNTED, OURS];
const ONE_BY_ONE = variantName('one after the other');
const wavesOf = (plan: LabPlan): number => (plan.quick ? QUICK_WAVES : WAVES);

export const wave: LabScenario = {
  name: 'wave',
  title: 'All clients speak at one moment',
  baseline: null,
  rivals: ({ quick }) => (quick ? ['plain', ...COUNTED.slice(1), OURS] : RIVALS),
  metrics: [FULLEST, { ...SLOWEST_MS, title: `the last answer of a wave (${LEAST_MS} is the least)` }, JAIN],
  charts: [
    { kind: 'bars', title: `The last of ${CLIENTS} answers (${LEAST_MS} ms is the least)`, metric: SLOWEST_MS.key },
    { kind: 'bars', title: `Connections on the fullest worker (${EVEN} is even)`, metric: FULLEST.key },
  ],
  aboutSeconds: (plan) => 2.5 + wavesOf(plan) * 0.2,
  experiment: (plan) => ({
    name: 'wave',
    question:
      `${CLIENTS} clients keep their connections to ${WORKERS} workers, and all ask in one moment, ${TURN_MS} ms of a worker ` +
      'each: when does the last have its answer?',
    expected:
      `The connections were placed long before, so the fullest worker decides: ${LEAST_MS} ms where each has ${EVEN}. ` +
      'By hash, as dice fall, about half as many again. In turn and by number of connections even, however they came. By ' +
      'idleness even when they come one after the other; in one moment it sees who wakes, and not how many wait. From one ' +
      'shared listener whoever wakes first takes most.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 200,
    variants: () =>
      (['one after the other', 'in one moment'] as const).map((opening) => ({
        name: variantName(opening),
        workers: WORKERS,
        measure: (server) => measureWave(server, opening, wavesOf(plan)),
      })),
  }),
  judge(samples) {
    const list = listed(samples, RIVALS, { key: FULLEST.key }, '');
    const last = listed(samples, RIVALS, { key: SLOWEST_MS.key }, 'ms');
    if (list === '') return nothingSaid;
    const counted = present(samples, COUNTED).flatMap((rival) => valuesOf(samples, { rival, key: FULLEST.key }));
    const oneByOne = medianOf(samples, { rival: OURS, key: FULLEST.key, variant: ONE_BY_ONE });
    const hash = medianOf(samples, { rival: 'plain', key: FULLEST.key });
    return {
      asExpected: allOf([
        ...counted.map((most) => most <= EVEN + 1),
        oneByOne === undefined ? undefined : oneByOne <= EVEN + 1,
        hash === undefined ? undefined : hash > EVEN + 1,
      ]),
      finding: `On the fullest worker: ${list}${last === '' ? '' : `; the last answer: ${last}`}.`,
    };
  },
};
