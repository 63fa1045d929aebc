/** `reuseport bench sweep server.js`: how many workers does a user's own program want, and how many threads in each? */
import { availableParallelism } from 'node:os';
import { judgeCounts, PROCESSES, sweep, sweepVariants, workerCounts } from '../scenarios/sweep.js';
import type { LabScenario } from '../scenario.js';
import { describeOwnRival, ownRivalNamed } from './rivals.js';
import type { OwnScript } from './rivals.js';

/** Those that make whole processes of some count of workers: two, and one process for all cores. */
export function threadCounts(cores: number): number[] {
  const counts = workerCounts(cores);
  return [...new Set([2, cores])].filter((threads) => threads > 1 && counts.some((count) => count % threads === 0));
}

export function ownSweep(script: OwnScript, path: string): LabScenario {
  const threaded = threadCounts(availableParallelism()).map((threads) => `${PROCESSES}@threads=${threads}`);
  return {
    ...sweep,
    title: 'How many workers and threads your program wants',
    ownRivals: { rivalNamed: ownRivalNamed(script), describeRival: describeOwnRival },
    rivals: () => [PROCESSES, ...threaded],
    experiment: (plan) => ({
      ...sweep.experiment(plan),
      question: `How many workers of ${script.file} do most, as processes or as threads of fewer?`,
      warmupPath: path,
      variants: () => sweepVariants(plan, path),
    }),
    judge: (samples) => judgeCounts(samples, availableParallelism()),
  };
}
