import { groupBy } from './group-by.js';
import { failedRequests, isClientSaturated } from './sample.js';
import type { Sample } from './sample.js';
import { relativeWidth, spread } from './statistics.js';

/** Reasons to distrust a result, each with what to do about it. */
export const remedies = {
  'client-saturated': 'The throughput is the load generator’s: compare CPU per request, or use fewer workers.',
  'client-starved': 'Client and servers share cores, so ratios shrink towards 1: use fewer workers or more cores.',
  'wide-spread': 'Stop other programs, and measure more or longer rounds (--rounds, --seconds).',
  'too-few-rounds': 'A median needs at least 5 rounds: raise --rounds.',
  'cpu-steal': 'The hypervisor gave the cores to others: repeat on a quieter or a dedicated machine.',
  'accept-queue-overflow':
    'Connections waited for a retransmission (of any server in this network namespace): use fewer connections.',
  'different-bytes': 'The rivals do not do the same work: make their answers equal before comparing.',
  'requests-failed': 'Failed requests are not in the figures: find out why they failed.',
  'processes-changed': 'A server process came or went, so CPU time is missing: see why it ended.',
  'short-warm-up': 'CPU per request is too high, as the code was not compiled yet: measure without --quick.',
  'worker-idle': 'Some worker accepted nothing, so fewer cores were compared than meant.',
  'busy-machine': 'Other programs were running at the start: stop them.',
} as const;

export type WarningReason = keyof typeof remedies;

export interface Warning {
  reason: WarningReason;
  /** Where it was seen, as in `reuseport/keep-alive`, and how much. */
  detail: string;
}

const ROUNDS_WANTED = 5;
const WIDE = 0.3;
const STEAL_LIMIT = 0.02;
/** Own CPU and waiting for a core together fill the time: it never slept, yet had less than a core. */
const STARVED_SHARE = 0.95;
const IDLE_LOAD_PER_CORE = 0.25;

export interface RunFacts {
  rounds: number;
  workers: number;
  /** Rivals with one serving process. */
  singles: readonly string[];
  cores: number;
  /** Before the run. */
  loadAverage1: number;
}

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

function cellWarnings(cell: string, samples: readonly Sample[], workers: number): Warning[] {
  const warnings: Warning[] = [];
  const warn = (reason: WarningReason, detail: string): void =>
    void warnings.push({ reason, detail: `${cell}: ${detail}` });
  const count = (test: (sample: Sample) => boolean): number => samples.filter(test).length;
  const inRounds = (rounds: number, text: string): string => `${text} in ${rounds} of ${samples.length} rounds`;

  const saturated = count(isClientSaturated);
  if (saturated > 0) warn('client-saturated', inRounds(saturated, 'client used a whole core'));
  const starved = count(
    (sample) => !isClientSaturated(sample) && sample.clientCpuShare + sample.clientWaitShare >= STARVED_SHARE,
  );
  if (starved > 0) warn('client-starved', inRounds(starved, 'client never slept but had less than a core'));
  const changed = count(({ processesChanged }) => processesChanged);
  if (changed > 0) warn('processes-changed', inRounds(changed, 'other processes after than before'));
  const cold = count(({ warmedUp }) => !warmedUp);
  if (cold > 0) warn('short-warm-up', inRounds(cold, 'warm-up cut short'));
  const idle = count(({ connectionsByWorker }) => Object.keys(connectionsByWorker).length < workers);
  if (idle > 0) warn('worker-idle', inRounds(idle, `fewer than ${workers} workers accepted`));
  const failed = samples.reduce((sum, sample) => sum + failedRequests(sample), 0);
  if (failed > 0) warn('requests-failed', `${failed} failed`);
  const overflows = samples.reduce((sum, sample) => sum + sample.listenOverflows, 0);
  if (overflows > 0) warn('accept-queue-overflow', `${overflows} ListenOverflows`);
  if (samples.some(({ responseDiffers }) => responseDiffers))
    warn('different-bytes', 'not the bytes of the first rival');
  const width = relativeWidth(spread(samples.map(({ requestsPerSecond }) => requestsPerSecond)));
  if (width > WIDE) warn('wide-spread', `requests/s from least to most are ${percent(width)} of the median`);
  return warnings;
}

export function findWarnings(samples: readonly Sample[], facts: RunFacts): Warning[] {
  const warnings: Warning[] = [];
  if (facts.rounds < ROUNDS_WANTED) warnings.push({ reason: 'too-few-rounds', detail: `${facts.rounds} rounds` });
  if (facts.loadAverage1 > facts.cores * IDLE_LOAD_PER_CORE) {
    warnings.push({ reason: 'busy-machine', detail: `load average ${facts.loadAverage1.toFixed(2)} before the run` });
  }
  const steal = Math.max(0, ...samples.map(({ stealShare }) => stealShare));
  if (steal > STEAL_LIMIT) warnings.push({ reason: 'cpu-steal', detail: `up to ${percent(steal)} of a measurement` });
  for (const [cell, group] of groupBy(samples, ({ rival, load }) => `${rival}/${load}`)) {
    const workers = facts.singles.includes(group[0]?.rival ?? '') ? 1 : facts.workers;
    warnings.push(...cellWarnings(cell, group, workers));
  }
  return warnings;
}
