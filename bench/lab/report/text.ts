import { describeFailures } from '../../report/sample.js';
import { shortFigure } from '../../report/short-figure.js';
import type { Failures } from '../../load/loadgen.js';
import type { Interval } from '../../report/bootstrap.js';
import type { LabMetric } from '../result.js';

const NARROW_SPACE = '\u202f';

/** As `shortFigure`, with the thousands apart. */
export function figure(value: number): string {
  const text = shortFigure(value);
  return text.replace(/\d+/, (whole) => whole.replaceAll(/\B(?=(\d{3})+$)/g, NARROW_SPACE));
}

export function withUnit(value: number, unit: string): string {
  if (unit === '') return figure(value);
  return unit === '×' ? `×${figure(value)}` : `${figure(value)}${NARROW_SPACE}${unit}`;
}

export const range = ({ low, high }: Interval): string => `${figure(low)}–${figure(high)}`;

export function metricTitle({ title, unit }: Pick<LabMetric, 'title' | 'unit'>): string {
  if (unit === '') return title;
  return unit === '/s' ? `${title} per second` : `${title}, ${unit}`;
}

/** Milliseconds with the unit that fits. */
export function duration(ms: number): string {
  if (ms >= 1_000) return `${figure(ms / 1_000)}${NARROW_SPACE}s`;
  return ms >= 0.1 || ms === 0 ? `${figure(ms)}${NARROW_SPACE}ms` : `${figure(ms * 1_000)}${NARROW_SPACE}µs`;
}

export const percent = (share: number): string => `${(share * 100).toFixed(0)}${NARROW_SPACE}%`;

export const failuresText = (failures: Failures): string => describeFailures(failures);

export const countOf = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
