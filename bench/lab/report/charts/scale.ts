/** From where to where an axis of values goes, and whether it is logarithmic. */
import { decadesAround } from './axes.js';

/** Values further apart than this leave the small ones at the edge of a linear scale, all the same. */
export const LOG_FROM = 30;
/** About so many steps of the axis. */
const STEPS = 5;

export type Scale = { log: true; min: number; max: number } | { log: false; max: number; interval: number };

/** Never negative: what is measured here is not. */
export function scaleOf(values: readonly number[]): Scale {
  const most = Math.max(0, ...values);
  const least = Math.min(most, ...values);
  if (least > 0 && most / least >= LOG_FROM) return { log: true, ...decadesAround(values) };
  if (most === 0) return { log: false, max: 1, interval: 1 };
  const interval = niceNear(most / STEPS);
  // A hair more, so that a mark at the end is not cut.
  return { log: false, interval, max: Math.ceil((most * 1.005) / interval) * interval };
}

/** 1, 2, 2.5 or 5 times a power of ten, whichever is closest. */
function niceNear(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 2, 2.5, 5, 10].map((step) => step * power);
  return steps.reduce((best, step) => (Math.abs(step - value) < Math.abs(best - value) ? step : best));
}
