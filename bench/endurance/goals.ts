/** What the figures must be. Pure. */
import { median } from '../report/statistics.js';
import type { Replacement } from './figures.js';
import type { RunResult } from './run.js';

const SPARE_MEDIAN_MS = 20;

export interface Goal {
  title: string;
  value: number;
  most: number;
}

export const isMet = ({ value, most }: Goal): boolean => value <= most;

/** Only deaths that found a spare can tell how soon a spare serves. */
export function goalsOf(replacements: readonly Replacement[]): Goal[] {
  const tookMs = replacements.filter(({ by }) => by === 'spare').flatMap(({ tookMs: one }) => one ?? []);
  if (tookMs.length === 0) return [];
  const title = `from kill to the next accept of its slot with a spare ready, ms (median of ${tookMs.length})`;
  return [{ title, value: median(tookMs), most: SPARE_MEDIAN_MS }];
}

type Lost = Pick<RunResult, 'rival' | 'kills' | 'lost' | 'allowed' | 'undecided'>;

/**
 * Accepted and lost, in a run in which both were killed. With node:cluster the primary accepts, so that whatever is lost
 * there was accepted.
 */
export function lostBesideCluster(results: readonly Lost[]): Goal | undefined {
  const [ours, cluster] = ['reuseport', 'cluster'].map((name) => results.find(({ rival }) => rival === name));
  if (ours === undefined || cluster === undefined || ours.kills === 0 || cluster.kills === 0) return undefined;
  const accepted = ours.allowed + ours.undecided;
  const others = lostBy(cluster);
  const of = (lost: number, { kills }: Lost): string => `${lost} by ${kills} kills`;
  return {
    title: `accepted and lost: reuseport ${of(accepted, ours)}, cluster ${of(others, cluster)}`,
    value: accepted,
    most: others,
  };
}

function lostBy({ lost }: Lost): number {
  return Object.values(lost)
    .flatMap((kinds) => Object.values(kinds))
    .reduce((sum, count) => sum + count, 0);
}
