/** What the evidence of a scenario says. Pure. */
import type { Kill } from '../chaos/judge.js';
import type { LoadResult } from '../load/loadgen.js';
import { mergeHistograms, percentileNs } from '../report/histogram.js';
import { groupBy } from '../report/group-by.js';
import { median, nearestRank } from '../report/statistics.js';
import type { AcceptLog, FirstAccept } from './accept-log.js';
import type { Succession } from './succession.js';

export interface MasterSample {
  atMs: number;
  pid: number;
  descriptors: number;
  rssBytes: number;
}

export type SlotKill = Kill & { slot: string };

export interface Evidence {
  tookMs: number[];
  kills: SlotKill[];
  /** Workers that were stopped, and when they were told to go on. */
  resumed: Kill[];
  /** Kills that were left out because nobody else would have served. */
  spared: number;
  samples: MasterSample[];
  /** What went wrong beside the requests, in words. */
  violations: string[];
  /** Why it was ended before its time. */
  gaveUp?: string;
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

/** A slot whose worker was killed. */
export interface Replacement {
  by: Succession | undefined;
  /** Until its next accept; undefined: there was none. */
  tookMs: number | undefined;
}

export const UNDISTURBED = 'undisturbed';
export const STOPPED = 'stopped';

export function figuresOf(
  evidence: Evidence,
  log: AcceptLog,
  loads: ReadonlyMap<string, readonly LoadResult[]>,
  replacements: readonly Replacement[],
): Figure[] {
  const { tookMs, kills, resumed, spared } = evidence;
  const resumedMs = resumed.flatMap(({ pid, atNs }) => {
    const next = log.nextOf(pid, atNs);
    return next === undefined ? [] : [milliseconds(next - atNs)];
  });
  const ratio = p99Ratio(loads);
  return [
    ...medianOf('each took, ms', tookMs),
    ...(kills.length > 0 ? [{ title: 'killed', value: kills.length }] : []),
    ...(spared > 0 ? [{ title: 'not killed, being the last', value: spared }] : []),
    ...replacementFigures(replacements),
    ...medianOf('from SIGCONT to its next accept, ms', resumedMs),
    ...(ratio === undefined ? [] : [{ title: 'p99 while a worker is stopped / undisturbed', value: ratio }]),
  ];
}

export function replacementsOf(
  kills: readonly SlotKill[],
  firsts: readonly FirstAccept[],
  successions: ReadonlyMap<number, Succession>,
): Replacement[] {
  return kills.map(({ slot, pid, atNs }) => {
    const next = firsts.filter((one) => one.slot === slot && one.pid !== pid && one.atNs > atNs).map((one) => one.atNs);
    return { by: successions.get(pid), tookMs: next.length === 0 ? undefined : milliseconds(least(next) - atNs) };
  });
}

/** Of all together only where it is not known what took the slots. */
function replacementFigures(replacements: readonly Replacement[]): Figure[] {
  const TITLE = 'from kill to the next accept of its slot';
  return [...groupBy(replacements, ({ by }) => by ?? '')].flatMap(([by, group]) => {
    const took = group.flatMap(({ tookMs }) => tookMs ?? []);
    const title = by === '' ? TITLE : `${TITLE}, by ${by}`;
    const p99 = took.length === 0 ? [] : [{ title: `${title}, ms (p99)`, value: nearestRank(took, 0.99) }];
    const never = group.length - took.length;
    return [
      ...medianOf(`${title}, ms`, took),
      ...p99,
      ...(never > 0 ? [{ title: `${title}: never, killed at the end`, value: never }] : []),
    ];
  });
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
