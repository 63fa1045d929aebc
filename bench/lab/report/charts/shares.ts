import type { Cell } from '../cells.js';
import type { LabTimeline } from '../../result.js';
import { paper } from '../looks.js';
import type { Look } from '../looks.js';
import { valueAxis } from './axes.js';
import { bandsOf, marksOf } from './bands.js';
import type { Breadth, Drawing } from './svg.js';
import { pointsOf } from './timeline.js';

/** As many as the style sheet has. */
const SHADES = 4;

interface Row {
  cell: Cell;
  workers: LabTimeline[];
}

/** Of the first round: workers of another have nothing to do with them. */
const workersOf = ({ samples: [first] }: Cell, series: string): LabTimeline[] =>
  Object.entries(first?.timelines ?? {}).flatMap(([name, values]) => (name.startsWith(series) ? [values] : []));

/** In percent of each step; a step in which nothing came has nobody's. */
function asShares(workers: readonly LabTimeline[]): LabTimeline[] {
  const totals = (workers[0]?.values ?? []).map((_, step) =>
    workers.reduce((sum, { values }) => sum + (values[step] ?? 0), 0),
  );
  return workers.map((worker) => ({
    ...worker,
    values: worker.values.map((count, step) => (count / Math.max(1, totals[step] ?? 0)) * 100),
  }));
}

export const hasShares = (cell: Cell, series: string): boolean => workersOf(cell, series).length > 0;

/** A band for each rival, filled by its workers in the order in which they came to serve. */
export function shares(
  cells: readonly Cell[],
  series: string,
  lookOf: (rival: string) => Look,
  breadth: Breadth,
): Drawing {
  const rows: Row[] = cells.map((cell) => ({ cell, workers: asShares(workersOf(cell, series)) }));
  const all = rows.flatMap(({ workers }) => workers);
  const end = Math.max(0, ...all.map(({ stepMs, values }) => (stepMs * values.length) / 1_000));
  const bands = bandsOf(
    rows.map(({ cell }) => ({ title: cell.rival.title, colour: lookOf(cell.rival.name).colour })),
    end,
    breadth,
  );
  const option = {
    ...bands.option,
    yAxis: rows.map((_, row) => ({
      ...valueAxis,
      gridIndex: row,
      min: 0,
      max: 100,
      interval: 50,
      axisLabel: { ...valueAxis.axisLabel, formatter: (value: number): string => `${value} %` },
    })),
    series: rows.flatMap(({ workers }, row) =>
      workers.map((worker, index) => ({
        type: 'line',
        silent: true,
        xAxisIndex: row,
        yAxisIndex: row,
        stack: `workers of ${row}`,
        symbol: 'none',
        data: pointsOf(worker),
        lineStyle: { color: paper, width: 1 },
        areaStyle: { color: `var(--share-${(index % SHADES) + 1})`, opacity: 1 },
        ...(index === 0 ? { markLine: marksOf(worker, row === 0, breadth) } : {}),
      })),
    ),
  };
  return { option, height: bands.height };
}

export const sharesLegend =
  'In % of the connections of that moment. Each strip is one worker: strips of one height are an even load. First round.';
