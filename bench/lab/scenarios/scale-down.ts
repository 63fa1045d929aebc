/** Workers that are not needed any more go, while connections come. */
import type { Measurement } from '../../steering/scenario.js';
import type { SteeringServer } from '../../steering/steering-server.js';
import { allOf, listed, nothingSaid, present } from '../judging.js';
import { FAILED, MAX_MS, P99_MS } from '../metrics.js';
import { roundsOf } from '../scenario.js';
import type { LabScenario } from '../scenario.js';
import { underLoad } from '../under-load.js';
import { failedOf, RATE_PER_SECOND, replacingCharts, WORKERS } from './replacing.js';

/** So long each request is under way: about seven on each worker. */
const WAIT_MS = 100;
const AFTER_MS = 500;
const LEFT = WORKERS / 2;

function measure(server: SteeringServer): Promise<Measurement> {
  const load = { ratePerSecond: RATE_PER_SECOND, path: `/wait?ms=${WAIT_MS}`, afterMs: AFTER_MS };
  return underLoad(server, load, async (mark) => {
    mark('scale down');
    await server.halve();
    mark('scaled');
  });
}

const OURS = ['idle', 'hash@rescue-after=0ms'];
const KILLED = ['plain-kill', 'cluster-kill'];
const RIVALS = [...KILLED, 'plain-close', 'cluster-graceful', 'pm2', ...OURS];

export const scaleDown: LabScenario = {
  name: 'scale-down',
  title: 'Half of the workers go while connections come',
  baseline: null,
  failuresAreMeant: true,
  overNetwork: true,
  rivals: ({ quick }) => (quick ? ['plain-kill', 'idle'] : RIVALS),
  metrics: [FAILED, P99_MS, MAX_MS],
  charts: replacingCharts('fewer workers'),
  aboutSeconds: () => 3.5,
  experiment: (plan) => ({
    name: 'scale-down',
    question: `How many requests fail when ${WORKERS} workers become ${LEFT} under ${RATE_PER_SECOND} new connections/s?`,
    expected:
      `Workers that are simply ended cut what they have under way (each request takes ${WAIT_MS} ms), and the queue of a ` +
      'listener of their own goes with them. With reuseport they get nothing new, end what they have, and others take ' +
      'what is queued: none fails.',
    rounds: roundsOf(plan, 1),
    warmupRequests: 100,
    variants: () => [{ name: `${RATE_PER_SECOND} new connections/s`, workers: WORKERS, measure }],
  }),
  judge(samples) {
    const list = listed(samples, RIVALS, { key: FAILED.key }, '');
    if (list === '') return nothingSaid;
    const ours = present(samples, OURS).map((rival) => failedOf(samples, rival).every((failed) => failed === 0));
    const killed = present(samples, KILLED).map((rival) => failedOf(samples, rival).every((failed) => failed > 0));
    return { asExpected: allOf([...ours, ...killed]), finding: `Requests without an answer: ${list}.` };
  },
};
