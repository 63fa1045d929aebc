import type { Facts } from './facts.js';
import { poolTrouble, showPlan } from './pool.js';
import type { Judgement } from './rows.js';

export function judgePool({ host }: Facts): Judgement {
  const title = 'work beside requests';
  const { pool, workers, processors } = host;
  if (pool === null) {
    const meaning = 'Each worker has a pool of its own: "check --pool <n>" says whether all of them fit.';
    return { status: 'ok', title, value: 'no size given (--pool)', meaning, mend: [] };
  }
  const plan = { workers, pool, processors };
  const trouble = poolTrouble(plan);
  const fits = 'All of them may compute at once.';
  return trouble === null
    ? { status: 'ok', title, value: showPlan(plan), meaning: fits, mend: [] }
    : { status: 'notice', title, value: showPlan(plan), ...trouble };
}
