/** The axis of time: seconds before now. Pure. */
import { KEPT_SECONDS } from './history.js';

/** What has just begun is drawn over this time. */
const LEAST_SECONDS = 60;

/** From when to when is drawn, in Unix time: all that is known. */
export function spanOf(seconds: readonly number[]): [from: number, to: number] {
  const to = seconds.at(-1) ?? 0;
  const known = to - (seconds[0] ?? to);
  return [to - Math.min(KEPT_SECONDS, Math.max(LEAST_SECONDS, known)), to];
}

/** Two to five, the last of them now. */
export function ticksOf(from: number, to: number): number[] {
  const span = to - from;
  const step = span <= 75 ? 30 : span <= 150 ? 60 : 120;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => to - index * step).toReversed();
}

export function agoOf(seconds: number): string {
  if (seconds < 0.5) return 'now';
  return seconds < 60 ? `−${Math.round(seconds)} s` : `−${Math.round(seconds / 60)} min`;
}
