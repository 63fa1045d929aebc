/** Which line is whose: beside its end where there is room, in a legend below on a phone. */
import type { Look } from '../looks.js';
import { ink } from '../looks.js';
import { textWidth } from './axes.js';
import { widths } from './svg.js';
import type { Breadth } from './svg.js';

const NAMES_AT_MOST = 260;
const LEGEND_ROW = 20;

export const rightOfEnd = (titles: readonly string[], breadth: Breadth): number =>
  breadth === 'narrow' ? 12 : Math.min(NAMES_AT_MOST, Math.max(0, ...titles.map(textWidth)) + 16);

export function endLabels(title: string, colour: string, breadth: Breadth) {
  if (breadth === 'narrow') return {};
  return {
    endLabel: {
      show: true,
      formatter: (): string => title,
      color: colour,
      fontSize: 12,
      fontWeight: 'bold',
      distance: 8,
      width: NAMES_AT_MOST - 16,
      overflow: 'truncate',
    },
    labelLayout: { moveOverlap: 'shiftY' },
  };
}

interface Entry {
  title: string;
  look: Look;
}

/** One name a line, since names are long and phones narrow. */
export function legendBelow(entries: readonly Entry[], breadth: Breadth) {
  if (breadth === 'wide') return { option: {}, height: 0 };
  const height = entries.length * LEGEND_ROW;
  const option = {
    legend: {
      orient: 'vertical',
      left: 4,
      bottom: 0,
      itemGap: 6,
      itemHeight: 10,
      itemWidth: 30,
      selectedMode: false,
      textStyle: { color: ink, fontSize: 12, width: widths.narrow - 50, overflow: 'truncate' },
      data: entries.map(({ title, look }) => ({
        name: title,
        icon: undefined,
        itemStyle: { color: look.colour },
        lineStyle: { color: look.colour, type: look.dash, width: 2 },
        symbolRotate: 0,
      })),
    },
  };
  return { option, height: height + 4 };
}
