/** What all scenarios are made of. */
import type { Random } from '../handover/random.js';
import type { Evidence } from './figures.js';
import type { Ours } from './ours.js';
import type { Subject } from './subject.js';
import { within } from './within.js';

/** Where a scenario acts. What it does is written down in `evidence`. */
export interface Stage<S extends Subject = Subject> {
  subject: S;
  random: Random;
  /** How often. */
  count: number;
  /** How many workers there are at the beginning, and must be at the end. */
  workers: number;
  killEveryMs: number;
  evidence: Evidence;
  /** The load from now on is measured apart, under this name. */
  phase(name: string): Promise<void>;
}

interface Common {
  name: string;
  /** What `count` counts. */
  unit: string;
  defaultCount: number;
  /** Options of `reuseport run`. */
  options?(ratePerSecond: number, workers: number): string[];
}

/** Rivals take part in what every subject can do. */
export type Scenario = Common &
  ({ onlyOurs: true; act(stage: Stage<Ours>): Promise<void> } | { onlyOurs: false; act(stage: Stage): Promise<void> });

/** Does something `count` times, and notes how long each took. @throws Error when one fails or takes too long. */
export async function repeat(
  { count, evidence }: Stage,
  what: string,
  act: (round: number) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    const began = performance.now();
    await within(`${what} ${round + 1}`, () => act(round));
    evidence.tookMs.push(performance.now() - began);
  }
}
