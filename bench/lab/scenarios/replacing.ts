/** Workers are replaced, and die, while connections come. */
import { setTimeout as delay } from 'node:timers/promises';
import { openToEachWorker } from '../../steering/burst-client.js';
import type { Measurement } from '../../steering/scenario.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { allOf, listed, nothingSaid, present, valuesOf } from '../judging.js';
import { FAILED, MAX_MS, P99_MS } from '../metrics.js';
import type { LabSample } from '../result.js';
import { roundsOf } from '../scenario.js';
import type { Judgement, LabScenario } from '../scenario.js';
import { FAILED_SERIES, P99_SERIES, WORKER_SERIES } from '../timeline.js';
import { underLoad } from '../under-load.js';

export const WORKERS = 4;
export const RATE_PER_SECOND = 300;
/** So long each request is under way: a worker that ends at once has some. */
const WAIT_MS = 20;
const OURS = ['idle', 'hash@rescue-after=0ms'];
const OTHERS = ['plain-kill', 'plain-close', 'cluster-kill', 'pm2', 'cluster-graceful', 'pm2-graceful', 'watt'];

export const failedOf = (samples: readonly LabSample[], rival: string): number[] =>
  valuesOf(samples, { rival, key: FAILED.key });

export function replacingCharts(what: string): LabScenario['charts'] {
  return [
    { kind: 'bars', title: `Requests that got no answer because of ${what}`, metric: FAILED.key },
    { kind: 'timeline', title: 'p99 of the requests that were due at that time', series: P99_SERIES, unit: 'ms' },
    { kind: 'timeline', title: 'Requests without an answer', series: FAILED_SERIES, unit: '' },
    { kind: 'shares', title: 'Which worker the connections of that time went to', series: WORKER_SERIES },
  ];
}

function measureReload(server: SteeringServer): Promise<Measurement> {
  const load = { ratePerSecond: RATE_PER_SECOND, path: `/wait?ms=${WAIT_MS}`, afterMs: 500 };
  return underLoad(server, load, async (mark) => {
    mark('reload');
    await server.reload();
    mark('reloaded');
  });
}

export const reload: LabScenario = {
  name: 'reload',
  title: 'Every worker is replaced while connections come',
  baseline: null,
  failuresAreMeant: true,
  overNetwork: true,
  rivals: ({ quick }) => (quick ? ['plain-kill', 'idle'] : [...OTHERS, ...OURS]),
  metrics: [FAILED, P99_MS, MAX_MS],
  charts: replacingCharts('a rolling reload'),
  aboutSeconds: () => 6,
  experiment: (plan) => ({
    name: 'reload',
    question: `How many requests fail when all ${WORKERS} workers are replaced, one after the other, under ${RATE_PER_SECOND} new connections/s?`,
    expected:
      `Workers that are simply ended cut what they have under way (each request takes ${WAIT_MS} ms), and a listener of ` +
      'their own goes with its queue: some fail. Who closes his server first loses only what is queued or shaking hands at ' +
      'that moment: little on loopback, more from far away (--round-trip 20). With reuseport the successor has the listener before the predecessor ' +
      'drains: none.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 100,
    variants: () => [{ name: `${RATE_PER_SECOND} new connections/s`, workers: WORKERS, measure: measureReload }],
  }),
  judge(samples): Judgement {
    const list = listed(samples, [...OTHERS, ...OURS], { key: FAILED.key }, '');
    if (list === '') return nothingSaid;
    const ours = present(samples, OURS).map((rival) => failedOf(samples, rival).every((failed) => failed === 0));
    const killed = present(samples, ['plain-kill', 'cluster-kill']).map((rival) =>
      failedOf(samples, rival).every((failed) => failed > 0),
    );
    return { asExpected: allOf([...ours, ...killed]), finding: `Requests without an answer: ${list}.` };
  },
};

const STUCK_MS = 250;
const AFTER_DEATH_MS = 1_200;
const CRASH_RATE_PER_SECOND = 400;
const DEADLINE_MS = 10_000;

/** A worker stands still, so that something waits in its queue, and dies. */
async function measureCrash(server: SteeringServer): Promise<Measurement> {
  const { host, port } = server.process.settings;
  const workers = await openToEachWorker(host, port, server.workers, DEADLINE_MS);
  try {
    const [victim] = workers;
    const pid = Number(victim?.worker);
    if (victim === undefined || !server.process.tree().some((one) => one.pid === pid)) {
      throw new Error(`crash: no worker of its own answered, but ${pid}`);
    }
    const load = { ratePerSecond: CRASH_RATE_PER_SECOND, path: '/', afterMs: AFTER_DEATH_MS };
    return await underLoad(server, load, async (mark) => {
      mark('stuck');
      victim.send(`/block?ms=${DEADLINE_MS}`);
      await delay(STUCK_MS);
      mark('kill');
      process.kill(pid, 'SIGKILL');
    });
  } finally {
    for (const { close } of workers) close();
  }
}

const CRASH_RIVALS = ['plain-kill', 'cluster-kill', 'hash@rescue-after=0ms', 'idle'];

export const crash: LabScenario = {
  name: 'crash',
  title: 'A worker dies with connections in its queue',
  baseline: null,
  failuresAreMeant: true,
  rivals: ({ quick }) => (quick ? ['plain-kill', 'idle'] : CRASH_RIVALS),
  metrics: [FAILED, P99_MS, MAX_MS],
  charts: replacingCharts('the death of a worker'),
  aboutSeconds: () => 4.5,
  experiment: (plan) => ({
    name: 'crash',
    question: `What is lost when a worker stands still for ${STUCK_MS} ms under ${CRASH_RATE_PER_SECOND} new connections/s and is then killed?`,
    expected:
      'SO_REUSEPORT alone: its whole queue is reset, about a quarter of what came meanwhile. reuseport: only what the worker ' +
      'had accepted, at most a few; with rescue the others do not even wait, without it they wait for the successor. ' +
      'node:cluster: what its primary had handed over.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 100,
    variants: () => [{ name: `${CRASH_RATE_PER_SECOND} new connections/s`, workers: WORKERS, measure: measureCrash }],
  }),
  judge(samples): Judgement {
    const list = listed(samples, CRASH_RIVALS, { key: FAILED.key }, '');
    if (list === '') return nothingSaid;
    const least = Math.min(...failedOf(samples, 'plain-kill'));
    const fewer = present(samples, OURS).map((rival) =>
      Number.isFinite(least) ? Math.max(...failedOf(samples, rival)) < least : undefined,
    );
    return { asExpected: allOf(fewer), finding: `Requests without an answer: ${list}.` };
  },
};
