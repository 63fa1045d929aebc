import { findDrift } from './drift.js';
import type { RunFacts, Witness } from './facts.js';

const STEAL_LIMIT = 0.02;
const ROUNDS_WANTED = 5;
const IDLE_LOAD_PER_CORE = 0.25;
const LINE_LATE_NS = 2e6;
/** Of cpufreq, where the clock follows the load: a short measurement runs at another one than a long one. */
const VARYING_GOVERNORS = new Set(['powersave', 'ondemand', 'conservative', 'schedutil']);

interface RunDoubt {
  remedy: string;
  voids?: boolean;
  find(samples: readonly Witness[], facts: RunFacts): string[];
}

/** In the order in which they are told. */
export const runDoubts = {
  'too-few-rounds': {
    remedy: 'A median needs at least 5 rounds: raise --rounds.',
    find: (samples, { roundsWanted = ROUNDS_WANTED }) => {
      const rounds = new Set(samples.map(({ round }) => round)).size;
      return rounds < roundsWanted ? [`${rounds} ${rounds === 1 ? 'round' : 'rounds'}`] : [];
    },
  },
  'busy-machine': {
    remedy: 'Other programs were running at the start: stop them.',
    find: (_, { loadAverage1, cores }) =>
      loadAverage1 > cores * IDLE_LOAD_PER_CORE ? [`load average ${loadAverage1.toFixed(2)} before the run`] : [],
  },
  'cpu-steal': {
    remedy: 'The hypervisor gave the cores to others: repeat on a quieter or a dedicated machine.',
    find: (samples) => {
      const most = Math.max(0, ...samples.map(({ stealShare }) => stealShare));
      return most > STEAL_LIMIT ? [`up to ${(most * 100).toFixed(0)} % of a measurement`] : [];
    },
  },
  unpinned: {
    remedy: 'Client and servers moved between cores though there are enough: run it with --pin.',
    find: (_, { pinning }) => (pinning === 'unpinned' ? ['pinning was possible'] : []),
  },
  'frequency-scaling': {
    remedy: 'The clock of the cores follows the load: cpupower frequency-set -g performance.',
    find: (_, { governor = '' }) => (VARYING_GOVERNORS.has(governor) ? [`governor ${governor}`] : []),
  },
  drift: {
    remedy: 'Something changed while it ran (heat, clock, other load): pause before it, fix the clock, measure again.',
    find: (samples, { metrics }) => findDrift(samples, metrics),
  },
  'line-late': {
    remedy: 'The delay line let packets out late or lost some, and that is in every figure: use more cores.',
    find: (_, { line }) =>
      (line === undefined ? [] : [line.there, line.back])
        .filter(({ lateP99Ns, overflowed, refused }) => lateP99Ns > LINE_LATE_NS || overflowed + refused > 0)
        .map(
          ({ lateP99Ns, overflowed, refused, delivered }) =>
            `p99 ${(lateP99Ns / 1e6).toFixed(1)} ms late, ${overflowed + refused} of ${delivered} dropped`,
        ),
  },
} as const satisfies Readonly<Record<string, RunDoubt>>;
