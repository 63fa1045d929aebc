/** Kinds of traffic: what is best on one of them may be worst on another. */
import { groupBy } from '../../report/group-by.js';
import { shortFigure } from '../../report/short-figure.js';
import { hermes as steeringHermes } from '../../steering/scenarios/hermes.js';
import { allOf, medianOf, nothingSaid } from '../judging.js';
import { P50_MS, P99_MS } from '../metrics.js';
import type { LabSample } from '../result.js';
import { roundsOf, secondsOf, steeringPlan } from '../scenario.js';
import type { Judgement, LabPlan, LabScenario } from '../scenario.js';

const OURS = 'idle';
const REPLACED = 'plain';
/** Two runs of the same server differ by as much on a busy machine. */
const NOISE = 1.5;
/** Below this a difference is one of when the kernel wakes whom. */
const SMALL_MS = 2;
const QUICK_LOAD = 'medium';

const seconds = (plan: LabPlan): number => secondsOf(plan, 5, 0.5);

function standing(samples: readonly LabSample[]): { ratio: number; isWorse: boolean } | undefined {
  const [ours, replaced] = [OURS, REPLACED].map((rival) => medianOf(samples, { rival, key: P99_MS.key }));
  if (ours === undefined || replaced === undefined) return undefined;
  return { ratio: ours / replaced, isWorse: ours > replaced * NOISE && ours - replaced > SMALL_MS };
}

function judge(samples: readonly LabSample[]): Judgement {
  const standings = [...groupBy(samples, ({ variant }) => variant)].flatMap(([variant, group]) => {
    const found = standing(group);
    return found === undefined ? [] : [{ variant, ...found }];
  });
  if (standings.length === 0) return nothingSaid;
  const list = standings.map(({ variant, ratio }) => `${shortFigure(ratio)} × at ${variant}`).join('; ');
  return {
    asExpected: allOf(standings.map(({ isWorse }) => !isWorse)),
    finding: `p99 of ${OURS} against ${REPLACED}: ${list}.`,
  };
}

export const hermes: LabScenario = {
  name: 'hermes',
  title: 'Cheap and costly requests, on short and long connections',
  baseline: REPLACED,
  overNetwork: true,
  rivals: ({ quick }) =>
    quick
      ? [REPLACED, OURS]
      : [REPLACED, 'cluster-rr', 'shared', 'hash', 'two-choice', 'round-robin', 'adaptive', OURS],
  metrics: [P99_MS, P50_MS],
  charts: [
    { kind: 'bars', title: 'The slowest hundredth of the requests', metric: P99_MS.key },
    { kind: 'percentiles', title: 'How long they waited' },
  ],
  aboutSeconds: (plan) => (plan.quick ? 4 : 12) * seconds(plan) + (plan.quick ? 4 : 6),
  experiment: (plan) => {
    const scenario = steeringHermes(steeringPlan(plan, seconds(plan), roundsOf(plan, 1)));
    const variants = () => scenario.variants().filter(({ name }) => !plan.quick || name.endsWith(QUICK_LOAD));
    return { ...scenario, variants };
  },
  judge,
};
