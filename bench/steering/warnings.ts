import { groupBy } from '../report/group-by.js';
import { describeFailures } from '../report/sample.js';
import type { LineReport } from '../network/delay-line.js';
import { addFailures } from './sample.js';
import type { SteeringSample } from './sample.js';

/** Reasons to distrust a result, each with what to do about it. */
export const steeringRemedies = {
  'client-late': 'The load generator had no core when it was due, and its delay is in every figure: use more cores.',
  'client-saturated': 'The throughput is the load generator’s: compare CPU per connection.',
  'requests-failed': 'Failed requests are not in the percentiles: find out why they failed.',
  'accept-queue-overflow': 'Connections waited for a retransmission: use a lower rate.',
  'too-few-rounds': 'A median needs at least 5 rounds: raise --rounds.',
  'cpu-steal': 'The hypervisor gave the cores to others: repeat on a quieter or a dedicated machine.',
  'busy-machine': 'Other programs were running at the start: stop them.',
  'master-busy': 'The master is meant to use less than 0.5 % of a core.',
  'line-late': 'The delay line let packets out late or lost some, and that is in every figure: use more cores.',
} as const;

export type SteeringWarningReason = keyof typeof steeringRemedies;

export interface SteeringWarning {
  reason: SteeringWarningReason;
  detail: string;
}

const LAG_LIMIT_MS = 2;
const STEAL_LIMIT = 0.02;
const MASTER_LIMIT = 0.005;
const ROUNDS_WANTED = 5;
const IDLE_LOAD_PER_CORE = 0.25;

function cellWarnings(cell: string, samples: readonly SteeringSample[]): SteeringWarning[] {
  const warnings: SteeringWarning[] = [];
  const warn = (reason: SteeringWarningReason, detail: string): void =>
    void warnings.push({ reason, detail: `${cell}: ${detail}` });
  const inRounds = (test: (sample: SteeringSample) => boolean, reason: SteeringWarningReason, text: string): void => {
    const count = samples.filter(test).length;
    if (count > 0) warn(reason, `${text} in ${count} of ${samples.length} rounds`);
  };
  inRounds(({ clientLagP99Ms }) => clientLagP99Ms > LAG_LIMIT_MS, 'client-late', `p99 of its lag > ${LAG_LIMIT_MS} ms`);
  inRounds(({ clientSaturated }) => clientSaturated, 'client-saturated', 'client used a whole core');
  const failures = describeFailures(addFailures(samples.map((sample) => sample.failures)));
  if (failures !== '0') warn('requests-failed', failures);
  const overflows = samples.reduce((sum, { listenOverflows }) => sum + listenOverflows, 0);
  if (overflows > 0) warn('accept-queue-overflow', `${overflows} ListenOverflows`);
  if (samples[0]?.steer !== null) {
    inRounds(({ masterCpuShare }) => masterCpuShare > MASTER_LIMIT, 'master-busy', `more than ${MASTER_LIMIT * 100} %`);
  }
  return warnings;
}

export function findSteeringWarnings(
  samples: readonly SteeringSample[],
  facts: { cores: number; loadAverage1: number; line: LineReport | undefined },
): SteeringWarning[] {
  const warnings: SteeringWarning[] = [];
  const rounds = new Set(samples.map(({ round }) => round)).size;
  if (rounds < ROUNDS_WANTED) warnings.push({ reason: 'too-few-rounds', detail: `${rounds} rounds` });
  if (facts.loadAverage1 > facts.cores * IDLE_LOAD_PER_CORE) {
    warnings.push({ reason: 'busy-machine', detail: `load average ${facts.loadAverage1.toFixed(2)} before the run` });
  }
  const steal = Math.max(0, ...samples.map(({ stealShare }) => stealShare));
  if (steal > STEAL_LIMIT) warnings.push({ reason: 'cpu-steal', detail: `up to ${(steal * 100).toFixed(0)} %` });
  for (const way of facts.line === undefined ? [] : [facts.line.there, facts.line.back]) {
    const { lateP99Ns, overflowed, refused, delivered } = way;
    if (lateP99Ns > LAG_LIMIT_MS * 1e6 || overflowed + refused > 0) {
      const late = `p99 ${(lateP99Ns / 1e6).toFixed(1)} ms late`;
      warnings.push({ reason: 'line-late', detail: `${late}, ${overflowed + refused} of ${delivered} dropped` });
    }
  }
  for (const [cell, group] of groupBy(samples, ({ variant, rival }) => `${variant}, ${rival}`)) {
    warnings.push(...cellWarnings(cell, group));
  }
  return warnings;
}

/** Grouped by reason, the remedy once. */
export function renderSteeringWarnings(warnings: readonly SteeringWarning[]): string {
  return [...groupBy(warnings, ({ reason }) => reason)]
    .map(([reason, group]) =>
      [`warning ${reason}: ${steeringRemedies[reason]}`, ...group.map(({ detail }) => `  ${detail}`)].join('\n'),
    )
    .join('\n');
}
