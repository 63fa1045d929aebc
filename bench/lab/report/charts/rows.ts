/** Charts with a row for each rival: its name stands left of the row, on a phone above it. */
import { ink } from '../looks.js';
import { categoryAxis, textWidth } from './axes.js';
import type { Breadth } from './svg.js';

const HEIGHT = { wide: 30, narrow: 46 };
const NAMES_AT_MOST = 260;
/** From the middle of a row up to its name, past the half of a bar. */
const NAME_ABOVE = 10;

export const TOP = 4;
export const BELOW = 28;

export const rowHeight = (breadth: Breadth): number => HEIGHT[breadth];

export function rowNames(titles: readonly string[], breadth: Breadth) {
  const wide = breadth === 'wide';
  const width = Math.min(NAMES_AT_MOST, Math.max(0, ...titles.map(textWidth)) + 14);
  const place = wide
    ? { width, overflow: 'truncate' }
    : { inside: true, align: 'left', verticalAlign: 'bottom', margin: 0, padding: [0, 0, NAME_ABOVE, 0] };
  const axisLabel = { color: ink, fontSize: 12, interval: 0, ...place };
  return { left: wide ? width : 8, axis: { ...categoryAxis, inverse: true, data: titles, axisLabel } };
}
