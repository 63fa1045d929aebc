import type { Cell } from '../cells.js';
import { paper } from '../looks.js';
import { valueAxis } from './axes.js';
import { BELOW, TOP, rowHeight, rowNames } from './rows.js';
import type { Breadth, Drawing } from './svg.js';

const BAR = 16;
/** Narrower pieces have no room for their number. */
const LABELLED = { wide: 0.06, narrow: 0.14 };

const unevenness = ({ workerShares }: Cell): number => Math.max(...workerShares) * workerShares.length;

/** A row for each rival, most even first, cut into the shares of its workers. */
export function accepts(cells: readonly Cell[], breadth: Breadth): Drawing {
  const rows = cells
    .filter(({ workerShares }) => workerShares.length > 0)
    .toSorted((left, right) => unevenness(left) - unevenness(right));
  const workers = Math.max(0, ...rows.map(({ workerShares }) => workerShares.length));
  const names = rowNames(
    rows.map(({ rival }) => rival.title),
    breadth,
  );
  const option = {
    grid: { left: names.left, right: 24, top: TOP, bottom: BELOW },
    xAxis: {
      ...valueAxis,
      min: 0,
      max: 100,
      splitLine: { show: false },
      axisLabel: { ...valueAxis.axisLabel, formatter: (value: number): string => `${value} %` },
    },
    yAxis: names.axis,
    series: Array.from({ length: workers }, (_, rank) => ({
      type: 'bar',
      stack: 'workers',
      silent: true,
      barWidth: BAR,
      data: rows.map(({ workerShares }) => {
        const share = workerShares[rank] ?? 0;
        return {
          value: share * 100,
          label: { show: share >= LABELLED[breadth] },
        };
      }),
      itemStyle: { color: `var(--share-${(rank % 2) + 1})`, borderColor: paper, borderWidth: 1 },
      label: {
        color: 'var(--on-share)',
        fontSize: 11,
        position: 'inside',
        formatter: ({ value }: { value: number }): string => value.toFixed(0),
      },
    })),
  };
  return { option, height: rows.length * rowHeight(breadth) + TOP + BELOW };
}

export const acceptsLegend =
  'Each row is all accepted connections in %, each piece one worker, busiest first: equal pieces are an even load.';
