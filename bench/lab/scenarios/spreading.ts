/** Who gets how many connections: by chance, in turn, by weight, by the client's address. */
import { shortFigure } from '../../report/short-figure.js';
import { openBurst } from '../../steering/burst-client.js';
import { countsOf, jainIndex } from '../../steering/sample.js';
import type { Measurement } from '../../steering/scenario.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { chiSquare, chiSquareZ } from '../chance.js';
import { allOf, listed, medianOf, nothingSaid, present, valuesOf } from '../judging.js';
import { JAIN } from '../metrics.js';
import { roundsOf } from '../scenario.js';
import type { LabScenario } from '../scenario.js';

const WORKERS = 4;
const AT_ONCE = 64;
const HASH = 'hash@rescue-after=0ms';
const IN_TURN = 'round-robin@rescue-after=0ms';

const CHI_SQUARE = 'chi²';
const DIFFERENCE = 'difference';
const FULLEST = 'fullest/mean';

async function measureDistribution(server: SteeringServer, count: number): Promise<Measurement> {
  const load = await server.load({ count, connections: Math.min(count, AT_ONCE) });
  const counts = countsOf(load.connectionsBy, WORKERS);
  const [most = 0, least = 0] = [counts[0], counts.at(-1)];
  const numbers = {
    [JAIN.key]: jainIndex(counts),
    [FULLEST]: (most * WORKERS) / load.completed,
    [CHI_SQUARE]: chiSquare(counts),
    [DIFFERENCE]: most - least,
  };
  return { latency: null, numbers, loads: [load], byWorker: counts };
}

/** Beyond it is no chance, also among some hundred samples. */
const MOST_Z = 4;

export const distribution: LabScenario = {
  name: 'distribution',
  title: 'How even it is, by the number of connections',
  onlyRoot: true,
  baseline: null,
  rivals: ({ quick }) =>
    quick
      ? [HASH, IN_TURN, 'idle']
      : ['plain', 'cluster-rr', 'shared', HASH, 'random', IN_TURN, 'least-connections', 'idle'],
  metrics: [
    JAIN,
    { key: FULLEST, title: 'fullest worker against the mean', unit: '×', better: 'less' },
    { key: CHI_SQUARE, title: 'chi-square (3 degrees of freedom)', unit: '', better: 'neither' },
    { key: DIFFERENCE, title: 'from the emptiest to the fullest worker', unit: '', better: 'less' },
  ],
  charts: [
    { kind: 'lines', title: "Jain's index: 1 is even", metric: JAIN.key, x: 'connections' },
    { kind: 'lines', title: 'The fullest worker, against the mean', metric: FULLEST, x: 'connections' },
  ],
  aboutSeconds: ({ quick }) => (quick ? 3 : 5),
  experiment: (plan) => ({
    name: 'distribution',
    question: `How evenly do n connections fall on ${WORKERS} workers?`,
    expected:
      'By hash as dice would: uneven for few, and within the bounds of chance for any number. In turn: exactly, never more ' +
      'than one apart. By idleness: what the loops had to do at that moment, not a count.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 50,
    variants: () =>
      (plan.quick ? [16, 256, 4_096] : [16, 64, 256, 1_024, 4_096, 10_000]).map((count) => ({
        name: `${count} connections`,
        x: count,
        workers: WORKERS,
        measure: (server) => measureDistribution(server, count),
      })),
  }),
  judge(samples) {
    const worst = Math.max(...valuesOf(samples, { rival: HASH, key: CHI_SQUARE }));
    const apart = Math.max(...valuesOf(samples, { rival: IN_TURN, key: DIFFERENCE }));
    const parts = [
      ...(Number.isFinite(worst) ? [`hash: chi-square at most ${shortFigure(worst)}, 31 would be no chance`] : []),
      ...(Number.isFinite(apart) ? [`in turn: at most ${apart} apart`] : []),
    ];
    if (parts.length === 0) return nothingSaid;
    return {
      asExpected: allOf([
        Number.isFinite(worst) ? chiSquareZ(worst, WORKERS - 1) <= MOST_Z : undefined,
        Number.isFinite(apart) ? apart <= 1 : undefined,
      ]),
      finding: `${parts.join('; ')}.`,
    };
  },
};

const SOURCES = 24;
const CONNECTIONS_EACH = 5;
const DEADLINE_MS = 10_000;
const KEPT = 'with one worker %';

/** Each client has an address of its own, and comes several times. */
async function measureSticky(server: SteeringServer): Promise<Measurement> {
  const { host, port } = server.process.settings;
  let kept = 0;
  const met = new Set<string>();
  for (let source = 1; source <= SOURCES; source++) {
    const answers = await openBurst(host, port, CONNECTIONS_EACH, DEADLINE_MS, `127.1.1.${source}`);
    const failure = answers.find((answer) => answer.failure !== undefined);
    if (failure !== undefined) throw new Error(`sticky: ${failure.failure}`);
    const workers = new Set(answers.map(({ worker }) => worker));
    if (workers.size === 1) kept += 1;
    for (const worker of workers) met.add(worker);
  }
  return { latency: null, numbers: { [KEPT]: (kept / SOURCES) * 100, 'workers met': met.size }, loads: [] };
}

/** Rescue takes a client from a worker that gets no processor: what is asked here is what the choice alone does. */
const STICKY = 'sticky@rescue-after=0ms';
const STICKY_RIVALS = ['cluster-rr', HASH, STICKY];

export const sticky: LabScenario = {
  name: 'sticky',
  title: 'A client comes back to its worker',
  baseline: null,
  rivals: ({ quick }) => (quick ? [HASH, STICKY] : STICKY_RIVALS),
  metrics: [
    { key: KEPT, title: 'clients that met one worker only', unit: '%', better: 'more' },
    { key: 'workers met', title: 'workers that somebody met', unit: '', better: 'more' },
  ],
  charts: [{ kind: 'bars', title: 'Clients that met the same worker each time', metric: KEPT }],
  aboutSeconds: () => 2.5,
  experiment: (plan) => ({
    name: 'sticky',
    question: `Does a client that comes ${CONNECTIONS_EACH} times meet the same of ${WORKERS} workers each time?`,
    expected: 'With --steer sticky always, and all workers have clients. By hash or in turn: hardly any.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 50,
    variants: () => [{ name: `${SOURCES} addresses`, workers: WORKERS, measure: measureSticky }],
  }),
  judge(samples) {
    const list = listed(samples, STICKY_RIVALS, { key: KEPT }, '%');
    if (list === '') return nothingSaid;
    const conditions = present(samples, STICKY_RIVALS).map((rival) => {
      const values = valuesOf(samples, { rival, key: KEPT });
      return values.every((value) => (rival === STICKY ? value === 100 : value < 50));
    });
    return { asExpected: allOf(conditions), finding: `Clients that met one worker only: ${list}.` };
  },
};

const WEIGHTS = [1, 2, 5];
const WEIGHTED = `weighted:${WEIGHTS.join(',')}@rescue-after=0ms`;
const WEIGHTED_CONNECTIONS = 1_600;
const OFF = 'off by';
const slotName = (slot: number): string => `slot ${slot} %`;

async function measureWeighted(server: SteeringServer): Promise<Measurement> {
  const load = await server.load({ count: WEIGHTED_CONNECTIONS, connections: 16 });
  const workers = (await server.status())?.workers ?? [];
  const sum = WEIGHTS.reduce((all, weight) => all + weight, 0);
  const counts = WEIGHTS.map((_, slot) => {
    const pid = workers.find((worker) => worker.slot === slot)?.pid;
    return load.connectionsBy[String(pid)] ?? 0;
  });
  const off = counts.map((count, slot) => Math.abs(count - (load.completed * (WEIGHTS[slot] ?? 0)) / sum));
  const shares = counts.map((count, slot) => [slotName(slot), (count / load.completed) * 100] as const);
  const numbers = { ...Object.fromEntries(shares), [OFF]: Math.max(...off) };
  return { latency: null, numbers, loads: [load], byWorker: countsOf(load.connectionsBy, WEIGHTS.length) };
}

/** At both ends of the count a turn may be cut. */
const MOST_OFF = 2;

export const weighted: LabScenario = {
  name: 'weighted',
  title: 'Workers of different weight',
  baseline: null,
  rivals: () => [WEIGHTED, IN_TURN],
  metrics: [
    ...WEIGHTS.map((weight, slot) => ({
      key: slotName(slot),
      title: `of weight ${weight}`,
      unit: '%',
      better: 'neither' as const,
    })),
    { key: OFF, title: 'connections off the weights', unit: '', better: 'less' },
  ],
  charts: WEIGHTS.map((weight, slot) => ({
    kind: 'bars' as const,
    title: `Share of the worker of weight ${weight} of ${WEIGHTS.join(' + ')}`,
    metric: slotName(slot),
  })),
  aboutSeconds: () => 2.5,
  experiment: (plan) => ({
    name: 'weighted',
    question: `Does a worker get its share when the weights are ${WEIGHTS.join(', ')}?`,
    expected:
      `12.5, 25 and 62.5 %, evenly spread in time, so no count is more than ${MOST_OFF} connections off; in turn: a third ` +
      'each.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 50,
    variants: () => [
      { name: `${WEIGHTED_CONNECTIONS} connections`, workers: WEIGHTS.length, measure: measureWeighted },
    ],
  }),
  judge(samples) {
    const off = medianOf(samples, { rival: WEIGHTED, key: OFF });
    if (off === undefined) return nothingSaid;
    const worst = Math.max(...valuesOf(samples, { rival: WEIGHTED, key: OFF }));
    return { asExpected: worst <= MOST_OFF, finding: `At most ${shortFigure(worst)} connections off the weights.` };
  },
};
