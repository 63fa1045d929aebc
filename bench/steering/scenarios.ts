import type { Scenario, SteeringPlan } from './scenario.js';
import { balance } from './scenarios/balance.js';
import { burst } from './scenarios/burst.js';
import { cost } from './scenarios/cost.js';
import { hermes } from './scenarios/hermes.js';
import { mixed } from './scenarios/mixed.js';
import { programs } from './scenarios/programs.js';
import { queue } from './scenarios/queue.js';
import { network, stall } from './scenarios/stall.js';

/** In the order in which they run. */
export const scenarios: Readonly<Record<string, (plan: SteeringPlan) => Scenario>> = {
  stall,
  network,
  queue,
  cost,
  programs,
  balance,
  mixed,
  burst,
  hermes,
};

export const scenarioNames: readonly string[] = Object.keys(scenarios);
