/** The stall where a handshake takes time, so that the choice at the SYN is old when the connection can be accepted. */
import { network as steeringNetwork } from '../../steering/scenarios/stall.js';
import { allOf, below, listed, nothingSaid } from '../judging.js';
import { MAX_MS, P50_MS, P99_MS } from '../metrics.js';
import { roundsOf, secondsOf, steeringPlan } from '../scenario.js';
import type { LabPlan, LabScenario } from '../scenario.js';
import { P99_SERIES } from '../timeline.js';

const NETWORK = { roundTripMs: 20, lossPercent: 0 };
const NO_RESCUE = 'idle@rescue-after=0ms';

const seconds = (plan: LabPlan): number => secondsOf(plan, 10, 2.4);

export const network: LabScenario = {
  name: 'network',
  title: 'The same from far away',
  overNetwork: true,
  baseline: 'plain',
  rivals: ({ quick }) =>
    quick ? ['plain', NO_RESCUE, 'idle'] : ['plain', 'cluster-rr', 'shared', 'hash', NO_RESCUE, 'adaptive', 'idle'],
  metrics: [P50_MS, P99_MS, MAX_MS],
  charts: [
    {
      kind: 'percentiles',
      title: 'How long a new connection waited for its answer (two round trips are the least)',
    },
    { kind: 'bars', title: 'The slowest hundredth of them', metric: P99_MS.key },
    { kind: 'timeline', title: 'p99 of the connections that came at that time', series: P99_SERIES, unit: 'ms' },
  ],
  aboutSeconds: (plan) => seconds(plan) + 2.5,
  experiment: (plan) =>
    steeringNetwork({ ...steeringPlan(plan, seconds(plan), roundsOf(plan, 1)), ...(plan.network ?? NETWORK) }),
  judge(samples) {
    const key = P99_MS.key;
    const list = listed(samples, ['plain', 'cluster-rr', 'shared', NO_RESCUE, 'adaptive', 'idle'], { key }, 'ms');
    if (list === '') return nothingSaid;
    const conditions = ['plain', NO_RESCUE].map((rival) => below(samples, key, 'idle', rival));
    return { asExpected: allOf(conditions), finding: `p99: ${list}.` };
  },
};
