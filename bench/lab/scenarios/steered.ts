/** Experiments of `npm run bench:steering`, with what they mean to somebody who sees them for the first time. */
import { groupBy } from '../../report/group-by.js';
import { shortFigure } from '../../report/short-figure.js';
import { balance as steeringBalance } from '../../steering/scenarios/balance.js';
import { burst as steeringBurst } from '../../steering/scenarios/burst.js';
import { mixed as steeringMixed } from '../../steering/scenarios/mixed.js';
import { queue } from '../../steering/scenarios/queue.js';
import { stall as steeringStall } from '../../steering/scenarios/stall.js';
import { allOf, below, listed, medianOf, nothingSaid } from '../judging.js';
import { JAIN, MAX_MS, P50_MS, P99_MS, SLOWEST_MS } from '../metrics.js';
import type { LabSample } from '../result.js';
import { roundsOf, secondsOf, steeringPlan } from '../scenario.js';
import type { Judgement, LabScenario } from '../scenario.js';
import { P99_SERIES, WORKER_SERIES } from '../timeline.js';

function judged(
  samples: readonly LabSample[],
  what: string,
  list: string,
  conditions: readonly (boolean | undefined)[],
): Judgement {
  return list === '' || samples.length === 0
    ? nothingSaid
    : { asExpected: allOf(conditions), finding: `${what}: ${list}.` };
}

const STUCK_PERCENT = 'stuck %';
const OTHERS_STALLED = ['plain', 'plain-uws', 'cluster-rr', 'shared', 'pm2', 'watt'];

export const stall: LabScenario = {
  name: 'stall',
  title: 'One worker after the other stands still',
  baseline: 'cluster-rr',
  overNetwork: true,
  rivals: ({ quick }) =>
    quick
      ? ['plain', 'cluster-rr', 'adaptive', 'idle']
      : [...OTHERS_STALLED, 'hash', 'least-pending', 'adaptive', 'idle', 'idle@server=uws'],
  metrics: [
    P50_MS,
    P99_MS,
    MAX_MS,
    { key: STUCK_PERCENT, title: 'waited 100 ms or longer', unit: '%', better: 'less' },
  ],
  charts: [
    { kind: 'percentiles', title: 'How long a new connection waited for its answer' },
    { kind: 'bars', title: 'The slowest hundredth of them', metric: P99_MS.key },
    {
      kind: 'timeline',
      title: 'p99 of the connections that came at that time: a worker is stuck for 300 of each 400 ms',
      series: P99_SERIES,
      unit: 'ms',
    },
    { kind: 'shares', title: 'Which worker the connections of that time went to', series: WORKER_SERIES },
  ],
  aboutSeconds: (plan) => secondsOf(plan, 10, 2.4) + 2,
  experiment: (plan) => steeringStall(steeringPlan(plan, secondsOf(plan, 10, 2.4), roundsOf(plan, 1))),
  judge: (samples) =>
    judged(
      samples,
      'p99',
      listed(samples, ['plain', 'cluster-rr', 'shared', 'adaptive', 'idle'], { key: P99_MS.key }, 'ms'),
      [below(samples, P99_MS.key, 'cluster-rr', 'plain'), below(samples, P99_MS.key, 'idle', 'plain')],
    ),
};

export const mixed: LabScenario = {
  name: 'mixed',
  title: 'Short requests beside long ones',
  baseline: 'plain',
  overNetwork: true,
  rivals: ({ quick }) =>
    quick
      ? ['plain', 'shared', 'idle']
      : ['plain', 'cluster-rr', 'shared', 'hash', 'least-pending', 'adaptive', 'idle'],
  metrics: [P50_MS, P99_MS, { key: 'long p50 ms', title: 'median of the long ones', unit: 'ms', better: 'less' }],
  charts: [
    { kind: 'percentiles', title: 'How long the short requests waited' },
    { kind: 'bars', title: 'The slowest hundredth of the short ones', metric: P99_MS.key },
  ],
  aboutSeconds: (plan) => 2 * secondsOf(plan, 10, 1.5) + 3,
  experiment: (plan) => steeringMixed(steeringPlan(plan, secondsOf(plan, 10, 1.5), roundsOf(plan, 1))),
  judge(samples) {
    const loads = [...groupBy(samples, ({ variant }) => variant)];
    const findings = loads.map(
      ([variant, group]) =>
        `${listed(group, ['plain', 'cluster-rr', 'shared', 'idle'], { key: P99_MS.key }, 'ms')} at ${variant}`,
    );
    return judged(
      samples,
      'p99 of the short ones',
      findings.join('; '),
      loads.flatMap(([, group]) => [
        below(group, P99_MS.key, 'idle', 'plain'),
        below(group, P99_MS.key, 'shared', 'plain'),
      ]),
    );
  },
};

const BURST_POLICY = 'least-connections@rescue-after=0ms';

export const burst: LabScenario = {
  name: 'burst',
  title: 'A hundred connections at once',
  baseline: null,
  rivals: ({ quick }) =>
    ['plain', 'least-connections', 'idle', ...(quick ? [] : ['hash', 'round-robin', 'least-pending', 'adaptive'])].map(
      (name) => (name === 'plain' ? name : `${name}@rescue-after=0ms`),
    ),
  metrics: [
    { key: 'most', title: 'connections on the fullest worker', unit: '', better: 'less' },
    { key: 'least', title: 'on the emptiest', unit: '', better: 'more' },
    JAIN,
    { key: 'not answered', title: 'without an answer', unit: '', better: 'less' },
  ],
  charts: [{ kind: 'bars', title: 'Connections on the fullest worker (25 is even)', metric: 'most' }],
  aboutSeconds: () => 2.5,
  experiment: (plan) => steeringBurst(steeringPlan(plan, secondsOf(plan, 1, 1), roundsOf(plan, 1))),
  judge: (samples) =>
    judged(samples, 'On the fullest worker', listed(samples, ['plain', BURST_POLICY], { key: 'most' }, ''), [
      below(samples, 'most', BURST_POLICY, 'plain'),
    ]),
};

const FULLEST = 'most on one';
const EVEN = 0.99;

export const balance: LabScenario = {
  name: 'balance',
  title: 'Sixteen connections that stay, on eight workers',
  baseline: null,
  rivals: ({ quick }) =>
    quick
      ? ['cluster-rr', 'hash', 'idle']
      : ['plain', 'cluster-rr', 'hash', 'round-robin', 'least-pending', 'least-connections', 'idle'],
  metrics: [
    JAIN,
    { key: FULLEST, title: 'connections on the fullest worker', unit: '', better: 'less' },
    { key: 'workers without', title: 'workers without any', unit: '', better: 'less' },
  ],
  charts: [
    { kind: 'bars', title: "Jain's index: 1 is even, a mark for each restart", metric: JAIN.key },
    { kind: 'bars', title: 'Connections on the fullest worker (2 is even)', metric: FULLEST },
  ],
  aboutSeconds: (plan) => secondsOf(plan, 1, 0.3) + 3.5,
  experiment: (plan) => {
    const scenario = steeringBalance(steeringPlan(plan, secondsOf(plan, 1, 0.3)));
    return { ...scenario, rounds: plan.rounds ?? (plan.quick ? 1 : 20) };
  },
  judge(samples) {
    const idle = medianOf(samples, { rival: 'idle', key: JAIN.key });
    const list = listed(samples, ['plain', 'cluster-rr', 'hash', 'idle'], { key: JAIN.key }, '');
    return judged(samples, "Jain's index", list, [
      idle === undefined ? undefined : idle >= EVEN,
      below(samples, JAIN.key, 'hash', 'idle'),
    ]);
  },
};

const NO_RESCUE = 'idle@rescue-after=0ms';

export const hang: LabScenario = {
  name: 'hang',
  title: 'A worker stands still with connections in its queue',
  baseline: 'plain',
  rivals: ({ quick }) =>
    quick ? ['plain', NO_RESCUE, 'idle'] : ['plain', 'cluster-rr', 'shared', NO_RESCUE, 'adaptive', 'idle'],
  metrics: [SLOWEST_MS, { key: 'behind the block', title: 'waited for the stuck worker', unit: '', better: 'less' }],
  charts: [
    { kind: 'bars', title: 'The slowest connection, of a worker that was away for 2 s', metric: SLOWEST_MS.key },
  ],
  aboutSeconds: ({ quick }) => (quick ? 4.5 : 8),
  experiment: (plan) => {
    const scenario = queue(steeringPlan(plan, secondsOf(plan, 1, 1), roundsOf(plan, 1)));
    const variants = scenario.variants().slice(0, plan.quick ? 1 : undefined);
    return { ...scenario, name: 'hang', variants: () => variants };
  },
  judge(samples) {
    const key = SLOWEST_MS.key;
    const [without, rescued] = [NO_RESCUE, 'idle'].map((rival) => medianOf(samples, { rival, key }));
    const list = listed(samples, ['plain', 'cluster-rr', NO_RESCUE, 'idle'], { key }, 'ms');
    const isQuicker = without === undefined || rescued === undefined ? undefined : rescued < without / 2;
    return judged(
      samples,
      'The slowest connection',
      `${list}${isQuicker === undefined ? '' : ratioText(rescued, without)}`,
      [isQuicker],
    );
  },
};

function ratioText(rescued: number | undefined, without: number | undefined): string {
  return rescued === undefined || without === undefined ? '' : `; rescue makes it ${shortFigure(rescued / without)} ×`;
}
