/** What the evidence of a scenario says. Pure. */
import type { Kill } from '../chaos/judge.js';
import type { LoadResult } from '../load/loadgen.js';
import { mergeHistograms, percentileNs } from '../report/histogram.js';
import { median } from '../report/statistics.js';
import type { AcceptLog } from './accept-log.js';

export interface MasterSample {
  atMs: number;
  pid: number;
  descriptors: number;
  rssBytes: number;
}

export interface Evidence {
  tookMs: number[];
  kills: (Kill & { slot: string })[];
  /** Workers that were stopped, and when they were told to go on. */
  resumed: Kill[];
  /** Kills that were left out because nobody else would have served. */
  spared: number;
  samples: MasterSample[];
  /** What went wrong beside the requests, in words. */
  violations: string[];
}

export const newEvidence = (): Evidence => ({
  tookMs: [],
  kills: [],
  resumed: [],
  spared: 0,
  samples: [],
  violations: [],
});

export interface Figure {
  title: string;
  value: number;
}

export const UNDISTURBED = 'undisturbed';
export const STOPPED = 'stopped';

export function figuresOf(
  evidence: Evidence,
  log: AcceptLog,
  loads: ReadonlyMap<string, readonly LoadResult[]>,
): Figure[] {
  const { tookMs, kills, resumed, spared } = evidence;
  const firsts = log.firsts();
  const replaced = kills.flatMap(({ slot, pid, atNs }) => {
    const next = firsts.filter((one) => one.slot === slot && one.pid !== pid && one.atNs > atNs).map((one) => one.atNs);
    return next.length === 0 ? [] : [milliseconds(least(next) - atNs)];
  });
  const resumedMs = resumed.flatMap(({ pid, atNs }) => {
    const next = log.nextOf(pid, atNs);
    return next === undefined ? [] : [milliseconds(next - atNs)];
  });
  const ratio = p99Ratio(loads);
  return [
    ...medianOf('each took, ms', tookMs),
    ...(kills.length > 0 ? [{ title: 'killed', value: kills.length }] : []),
    ...(spared > 0 ? [{ title: 'not killed, being the last', value: spared }] : []),
    ...medianOf('from kill to the next accept of its slot, ms', replaced),
    ...medianOf('from SIGCONT to its next accept, ms', resumedMs),
    ...(ratio === undefined ? [] : [{ title: 'p99 while a worker is stopped / undisturbed', value: ratio }]),
  ];
}

function p99Ratio(loads: ReadonlyMap<string, readonly LoadResult[]>): number | undefined {
  const p99 = (name: string): number | undefined => {
    const results = loads.get(name) ?? [];
    return results.length === 0
      ? undefined
      : percentileNs(mergeHistograms(results.map((one) => one.latency.total)), 0.99);
  };
  const [stopped, undisturbed] = [p99(STOPPED), p99(UNDISTURBED)];
  return stopped === undefined || undisturbed === undefined ? undefined : stopped / undisturbed;
}

function medianOf(title: string, values: readonly number[]): Figure[] {
  return values.length === 0 ? [] : [{ title: `${title} (median of ${values.length})`, value: median(values) }];
}

const milliseconds = (ns: bigint): number => Number(ns) / 1e6;
const least = (values: readonly bigint[]): bigint => values.reduce((a, b) => (b < a ? b : a));
