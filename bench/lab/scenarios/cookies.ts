/** Under SYN cookies the kernel keeps nothing of a handshake, and has the program choose a second time at its end. */
import { closeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { loadAddon } from '../../../src/native/load.js';
import { createOwnLoopback, setInNetwork } from '../../network/own-network.js';
import { programRuns } from '../../steering/program-runs.js';
import { countsOf, jainIndex } from '../../steering/sample.js';
import type { Measurement } from '../../steering/scenario.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { tcpCounterOf } from '../../system.js';
import { allOf, listed, nothingSaid, present, valuesOf } from '../judging.js';
import { CPU_MICROS, JAIN } from '../metrics.js';
import type { LabMetric } from '../result.js';
import { roundsOf } from '../scenario.js';
import type { LabScenario } from '../scenario.js';

const WORKERS = 4;
const AT_ONCE = 32;
const CONNECTIONS = 4_000;
const QUICK_CONNECTIONS = 1_000;
const AT_REST_MS = 10_000;
const LOOK_MS = 20;

const OFF = 'without cookies';
const ALWAYS = 'always with cookies';
/** Values of net.ipv4.tcp_syncookies: 1, the usual one, makes them only when a queue of handshakes is full. */
const SETTINGS = { [OFF]: '0', [ALWAYS]: '2' } as const;

const COOKIES: LabMetric = { key: 'cookies', title: 'cookies for each connection', unit: '', better: 'neither' };
const RUNS: LabMetric = { key: 'runs', title: 'runs of the program for each', unit: '', better: 'neither' };
const APART: LabMetric = { key: 'apart', title: 'from the emptiest to the fullest worker', unit: '', better: 'less' };
const LEFT: LabMetric = { key: 'left', title: 'counted as waiting when none waits', unit: '', better: 'less' };

const cookiesOf = (pid: number): number => tcpCounterOf(pid, 'SyncookiesRecv');

/** How many connections its counters still hold for not accepted, when they had the time to see that all are. */
async function leftAtRest(server: SteeringServer): Promise<number | undefined> {
  const deadline = Date.now() + AT_REST_MS;
  for (;;) {
    const pending = (await server.status())?.workers.map((worker) => worker.pending);
    if (pending === undefined || pending.includes(null)) return undefined;
    const left = pending.reduce<number>((sum, count) => sum + Math.abs(count ?? 0), 0);
    if (left === 0 || Date.now() > deadline) return left;
    await delay(LOOK_MS);
  }
}

async function measureCookies(server: SteeringServer, setting: string, count: number): Promise<Measurement> {
  setInNetwork(server.place.serverLauncher, 'ipv4/tcp_syncookies', setting);
  const { rootPid } = server.process;
  // The kernel counts runs while this is open.
  const stats = loadAddon().bpfEnableStats();
  try {
    const before = { runs: programRuns(rootPid)?.runs, cookies: cookiesOf(rootPid) };
    const load = await server.load({ count, connections: AT_ONCE });
    const runs = programRuns(rootPid)?.runs;
    const left = await leftAtRest(server);
    const byWorker = countsOf(load.connectionsBy, WORKERS);
    const numbers = {
      [COOKIES.key]: (cookiesOf(rootPid) - before.cookies) / load.completed,
      ...(runs === undefined || before.runs === undefined ? {} : { [RUNS.key]: (runs - before.runs) / load.completed }),
      [JAIN.key]: jainIndex(byWorker),
      [APART.key]: (byWorker[0] ?? 0) - (byWorker.at(-1) ?? 0),
      ...(left === undefined ? {} : { [LEFT.key]: left }),
    };
    return { latency: null, numbers, loads: [load], byWorker };
  } finally {
    closeSync(stats);
  }
}

const IN_TURN = 'round-robin@rescue-after=0ms';
const RIVALS = ['plain', 'cluster-rr', 'hash', IN_TURN, 'least-connections', 'idle'];

export const cookies: LabScenario = {
  name: 'cookies',
  title: 'Under SYN cookies',
  baseline: null,
  rivals: ({ quick }) => (quick ? [IN_TURN, 'idle'] : RIVALS),
  metrics: [COOKIES, RUNS, JAIN, APART, LEFT, CPU_MICROS],
  charts: [
    { kind: 'bars', title: 'Runs of the kernel program for each connection', metric: RUNS.key },
    { kind: 'bars', title: "Jain's index of the connections by worker: 1 is even", metric: JAIN.key },
  ],
  aboutSeconds: ({ quick }) => (quick ? 4 : 6),
  experiment: (plan) => ({
    name: 'cookies',
    question:
      'When the kernel answers every SYN with a cookie (tcp_syncookies = 2), is each connection still counted once and put ' +
      'where its SYN was counted?',
    expected:
      'A cookie for each connection, and two runs of the program instead of one: at the SYN, and at the ACK that brings the ' +
      'cookie back. The second follows the first, so turns stay exact, no counter keeps a connection that is not there, and ' +
      'none fails.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 100,
    network: createOwnLoopback,
    variants: () =>
      Object.entries(SETTINGS).map(([name, setting]) => ({
        name,
        workers: WORKERS,
        measure: (server) => measureCookies(server, setting, plan.quick ? QUICK_CONNECTIONS : CONNECTIONS),
      })),
  }),
  judge(samples) {
    const list = listed(samples, RIVALS, { key: RUNS.key, variant: ALWAYS }, '');
    const balance = listed(samples, RIVALS, { key: JAIN.key, variant: ALWAYS }, '');
    if (balance === '') return nothingSaid;
    const all = (key: string, test: (value: number) => boolean, variant?: string): (boolean | undefined)[] =>
      present(samples, RIVALS).map((rival) => {
        const values = valuesOf(samples, { rival, key, ...(variant === undefined ? {} : { variant }) });
        return values.length === 0 ? undefined : values.every(test);
      });
    const turns = valuesOf(samples, { rival: IN_TURN, key: APART.key });
    return {
      asExpected: allOf([
        ...all(COOKIES.key, (share) => share >= 0.99, ALWAYS),
        ...all(RUNS.key, (runs) => runs > 1.9 && runs < 2.1, ALWAYS),
        ...all(LEFT.key, (left) => left === 0),
        ...(turns.length === 0 ? [] : [turns.every((apart) => apart <= 1)]),
      ]),
      finding: `With cookies, ${list === '' ? '' : `runs for each connection: ${list}; `}Jain's index: ${balance}.`,
    };
  },
};
