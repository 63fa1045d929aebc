import { type Choice, choosePolicy } from '../steering/choose-policy.js';
import type { Readings } from './readings.js';
import { isShortage } from './shortage.js';

/** The readings, and what `--steer auto` comes to. */
export interface Facts extends Readings {
  choice: Pick<Choice, 'asked' | 'used' | 'why'>;
}

export function factsOf(readings: Readings): Facts {
  const { asked, used, why } = choosePolicy('auto', readings.capabilities);
  const { ok, why: refusal } = readings.auto;
  if (ok || isShortage(refusal ?? '')) return { ...readings, choice: { asked, used, why } };
  // What the master does when the kernel refuses a group's program.
  const refused = `the kernel refuses "${used}" for ${readings.host.workers} workers (${refusal})`;
  return { ...readings, choice: { asked, used: 'hash', why: refused } };
}
