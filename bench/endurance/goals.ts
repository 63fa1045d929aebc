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

type Lost = Pick<RunResult, 'rival' | 'kills' | 'lost'>;

/**
 * What was lost in a run in which both were killed. New connections come to both at the same rate. Of kept ones there are
 * the more to lose with the next worker the sooner clients are connected again.
 */
export function lostBesideCluster(results: readonly Lost[]): Goal[] {
  const [ours, cluster] = ['reuseport', 'cluster'].map((name) => results.find(({ rival }) => rival === name));
  if (ours === undefined || cluster === undefined || ours.kills === 0 || cluster.kills === 0) return [];
  const kills = `reuseport by ${ours.kills} kills, cluster by ${cluster.kills}`;
  const goal = (what: string, of: (lost: Lost) => number): Goal => {
    return { title: `${what} lost, ${kills}`, value: of(ours), most: of(cluster) };
  };
  return [
    goal('new connections', ({ lost }) => sum(lost['new connection'])),
    goal('kept connections', ({ lost }) => sum(lost['keep-alive']) + sum(lost.WebSocket)),
  ];
}

const sum = (kinds: Record<string, number>): number => Object.values(kinds).reduce((all, count) => all + count, 0);
