import type { RunFacts, Witness } from '../lab/facts.js';
import type { LabWarning } from '../lab/result.js';
import { warningsOf } from '../lab/warnings.js';
import type { Sample } from './sample.js';

export interface ContrastFacts extends Pick<RunFacts, 'cores' | 'loadAverage1'> {
  workers: number;
  /** Rivals with one serving process. */
  singles: readonly string[];
}

const metrics = [{ key: 'requestsPerSecond', title: 'requests/s', better: 'more' }] as const;

function witnessOf(sample: Sample, { workers, singles }: ContrastFacts): Witness {
  const started = singles.includes(sample.rival) ? 1 : workers;
  return {
    ...sample,
    variant: sample.load,
    numbers: { requestsPerSecond: sample.requestsPerSecond },
    workers: { accepted: Object.keys(sample.connectionsByWorker).length, started },
  };
}

export function contrastWarnings(samples: readonly Sample[], facts: ContrastFacts): LabWarning[] {
  return warningsOf(
    samples.map((sample) => witnessOf(sample, facts)),
    { cores: facts.cores, loadAverage1: facts.loadAverage1, metrics },
  );
}
