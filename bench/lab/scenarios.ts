import type { LabScenario } from './scenario.js';
import { cookies } from './scenarios/cookies.js';
import { hermes } from './scenarios/hermes.js';
import { network } from './scenarios/network.js';
import { balance, burst, hang, mixed, stall } from './scenarios/steered.js';
import { silent } from './scenarios/silent.js';
import { fastOpen } from './scenarios/fast-open.js';
import { programs } from './scenarios/programs.js';
import { wave } from './scenarios/wave.js';
import { field } from './scenarios/field.js';
import { hitters } from './scenarios/hitters.js';
import { generator } from './scenarios/generator.js';
import { crash, reload } from './scenarios/replacing.js';
import { scaleDown } from './scenarios/scale-down.js';
import { distribution, sticky, weighted } from './scenarios/spreading.js';
import { sweep } from './scenarios/sweep.js';
import { threads } from './scenarios/threads.js';
import { churn, keepAlive } from './scenarios/throughput.js';

/** In the order in which they run. */
export const labScenarios: readonly LabScenario[] = [
  generator,
  churn,
  keepAlive,
  field,
  stall,
  network,
  fastOpen,
  hang,
  mixed,
  hermes,
  burst,
  wave,
  silent,
  reload,
  scaleDown,
  crash,
  distribution,
  balance,
  sticky,
  hitters,
  weighted,
  cookies,
  programs,
  threads,
  sweep,
];
