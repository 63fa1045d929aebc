/** Clients that connect and say nothing yet: who holds them meanwhile, and who answers when they speak. */
import { setTimeout as delay } from 'node:timers/promises';
import { deferAccept, heldConnections, tcpTableOf, whyNoDeferAccept } from '../../network/server-sockets.js';
import type { HeldConnections } from '../../network/server-sockets.js';
import { openToEachWorker } from '../../steering/burst-client.js';
import { KeptClient } from '../../steering/kept-client.js';
import { countsOf, tallyOf } from '../../steering/sample.js';
import type { Measurement } from '../../steering/scenario.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { allOf, listed, nothingSaid, present, valuesOf } from '../judging.js';
import { SLOWEST_MS } from '../metrics.js';
import type { LabMetric, LabSample } from '../result.js';
import { roundsOf } from '../scenario.js';
import type { LabScenario } from '../scenario.js';

const WORKERS = 4;
const CLIENTS = 40;
const BLOCK_MS = 1_000;
/** It waited for the stuck worker, and not for a hand-over or for a core. */
const STUCK_MS = BLOCK_MS / 2;
const DEADLINE_MS = 10_000;
const LOOK_MS = 5;
/** Longer than anybody is silent here. */
const DEFER_SECONDS = 30;

const AT_ONCE = 'accepted when connected';
const DEFERRED = 'accepted when they speak';
const SECONDS = { [AT_ONCE]: 0, [DEFERRED]: DEFER_SECONDS } as const;

const HELD: LabMetric = { key: 'held', title: 'silent ones that a worker holds', unit: '', better: 'neither' };
const WAITED: LabMetric = { key: 'waited', title: 'waited for the stuck worker', unit: '', better: 'less' };

/** When the kernel and the workers have done all they can with them. */
async function settled(server: SteeringServer, clients: readonly KeptClient[]): Promise<HeldConnections> {
  const { host, port } = server.process.settings;
  const ports = new Set(clients.map(({ localPort }) => localPort));
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const held = heldConnections(tcpTableOf(server.process.rootPid), host, port, ports);
    if (held.queued === 0 && held.accepted + held.unfinished === clients.length) return held;
    if (Date.now() > deadline)
      throw new Error(`silent: not all there after ${DEADLINE_MS} ms: ${JSON.stringify(held)}`);
    await delay(LOOK_MS);
  }
}

/** All have connected; then one worker stands still, and then all ask. */
async function measureSilent(server: SteeringServer, deferSeconds: number): Promise<Measurement> {
  const { host, port } = server.process.settings;
  const pids = server.process.tree().map(({ pid }) => pid);
  deferAccept(pids, host, port, deferSeconds);
  const workers = await openToEachWorker(host, port, WORKERS, DEADLINE_MS);
  const clients: KeptClient[] = [];
  try {
    for (let index = 0; index < CLIENTS; index++) clients.push(await KeptClient.connect(host, port, DEADLINE_MS));
    const held = await settled(server, clients);
    const [stuck] = workers;
    if (stuck === undefined) throw new Error('silent: no worker answered');
    stuck.send(`/block?ms=${BLOCK_MS}`);
    // By its loop's own order it is in its block before it looks at anything that is sent after this.
    const answers = await Promise.all(clients.map((client) => client.ask('/')));
    await stuck.answered();
    const times = answers.map(({ ms }) => ms);
    const numbers = {
      [HELD.key]: held.accepted,
      [WAITED.key]: times.filter((ms) => ms >= STUCK_MS).length,
      [SLOWEST_MS.key]: Math.max(...times),
    };
    const byWorker = countsOf(tallyOf(answers.map(({ worker }) => worker)), WORKERS);
    return { latency: null, numbers, loads: [], byWorker };
  } finally {
    for (const one of [...clients, ...workers]) one.close();
    deferAccept(pids, host, port, 0);
  }
}

const NO_RESCUE = 'idle@rescue-after=0ms';
const RESCUED = ['idle', 'adaptive'];
const RIVALS = ['plain', 'cluster-rr', 'shared', NO_RESCUE, ...RESCUED];

const held = (samples: readonly LabSample[], rival: string, variant: string): number[] =>
  valuesOf(samples, { rival, key: HELD.key, variant });

export const silent: LabScenario = {
  name: 'silent',
  title: 'Clients that connect and say nothing yet',
  baseline: null,
  rivals: ({ quick }) => (quick ? ['plain', 'idle'] : RIVALS),
  metrics: [HELD, WAITED, SLOWEST_MS],
  charts: [
    { kind: 'bars', title: `Of ${CLIENTS} requests, those that waited for the stuck worker`, metric: WAITED.key },
    { kind: 'bars', title: `Silent connections that a worker holds, of ${CLIENTS}`, metric: HELD.key },
  ],
  aboutSeconds: () => 5,
  experiment: (plan) => ({
    name: 'silent',
    question:
      `${CLIENTS} clients are connected and have said nothing when one of ${WORKERS} workers stands still for ${BLOCK_MS} ms; ` +
      'then all ask. Does TCP_DEFER_ACCEPT save those that were put on that worker?',
    expected:
      'Without it a worker holds each connection at once, and about a quarter wait for the stuck one, whatever steers: nothing ' +
      'moves what is accepted. With it the kernel holds them until they speak, and then they are in a queue, which rescue ' +
      'empties: none waits. Without rescue the queue waits like the worker.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 200,
    lacks: whyNoDeferAccept,
    variants: () =>
      Object.entries(SECONDS).map(([name, deferSeconds]) => ({
        name,
        workers: WORKERS,
        measure: (server) => measureSilent(server, deferSeconds),
      })),
  }),
  judge(samples) {
    const list = listed(samples, RIVALS, { key: WAITED.key, variant: DEFERRED }, '');
    const before = listed(samples, RIVALS, { key: WAITED.key, variant: AT_ONCE }, '');
    if (list === '' && before === '') return nothingSaid;
    const rivals = present(samples, RIVALS);
    const waited = (rival: string): number[] => valuesOf(samples, { rival, key: WAITED.key, variant: DEFERRED });
    return {
      asExpected: allOf([
        ...rivals.flatMap((rival) => held(samples, rival, AT_ONCE)).map((count) => count === CLIENTS),
        ...rivals.flatMap((rival) => held(samples, rival, DEFERRED)).map((count) => count === 0),
        ...present(samples, RESCUED)
          .flatMap(waited)
          .map((count) => count === 0),
        ...present(samples, ['plain', NO_RESCUE])
          .flatMap(waited)
          .map((count) => count > 0),
      ]),
      finding: `Waited for the stuck worker, of ${CLIENTS}: ${before}; with TCP_DEFER_ACCEPT: ${list}.`,
    };
  },
};
