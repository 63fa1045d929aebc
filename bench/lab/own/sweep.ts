/** `reuseport bench sweep server.js`: how many workers does a user's own program want? */
import { availableParallelism } from 'node:os';
import { judgeCounts, sweep, sweepVariants } from '../scenarios/sweep.js';
import type { LabScenario } from '../scenario.js';
import { describeOwnRival, ownRivalNamed } from './rivals.js';
import type { OwnScript } from './rivals.js';

const RIVAL = 'idle';

export function ownSweep(script: OwnScript, path: string): LabScenario {
  return {
    ...sweep,
    title: 'How many workers your program wants',
    ownRivals: { rivalNamed: ownRivalNamed(script), describeRival: describeOwnRival },
    rivals: () => [RIVAL],
    experiment: (plan) => ({
      ...sweep.experiment(plan),
      question: `How many workers of ${script.file} do most?`,
      warmupPath: path,
      variants: () => sweepVariants(plan, path),
    }),
    judge: (samples) => judgeCounts(samples, RIVAL, availableParallelism()),
  };
}
