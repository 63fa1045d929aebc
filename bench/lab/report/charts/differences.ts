import type { ComparedCell, Difference } from '../compare/compare.js';
import { faint, ink, paper } from '../looks.js';
import type { Html } from '../html.js';
import { figureHtml } from './figure.js';
import { valueAxis } from './axes.js';
import { BELOW, TOP, rowHeight, rowNames } from './rows.js';
import type { Breadth, Drawing } from './svg.js';

interface Row {
  title: string;
  difference: Difference;
}

const colours = { better: 'var(--good)', worse: 'var(--bad)' } as const;
const colourOf = ({ judgement }: Difference): string =>
  judgement === 'better' || judgement === 'worse' ? colours[judgement] : faint;

/** In percent of the first run where it is above 0 for all, else in the unit of the metric. */
function scaled(rows: readonly Row[]): {
  rows: { title: string; low: number; middle: number; high: number; colour: string }[];
  unit: string;
} {
  const inPercent = rows.every(({ difference }) => difference.relative !== null);
  return {
    unit: inPercent ? ' %' : '',
    rows: rows.map(({ title, difference }) => {
      const { change, interval } = inPercent ? (difference.relative ?? difference) : difference;
      const by = inPercent ? 100 : 1;
      return {
        title,
        low: interval.low * by,
        middle: change * by,
        high: interval.high * by,
        colour: colourOf(difference),
      };
    }),
  };
}

/** A row for each rival: a dot for the difference, a stroke for its interval, a vertical line for none. */
function differences(given: readonly Row[], breadth: Breadth): Drawing {
  const { rows, unit } = scaled(given);
  const wide = breadth === 'wide';
  const names = rowNames(
    rows.map(({ title }) => title),
    breadth,
  );
  const reach = Math.max(1e-9, ...rows.flatMap(({ low, high, middle }) => [low, high, middle].map(Math.abs))) * 1.05;
  const option = {
    grid: { left: names.left, right: 24, top: TOP, bottom: BELOW },
    xAxis: {
      ...valueAxis,
      min: -reach,
      max: reach,
      splitNumber: wide ? 6 : 3,
      axisLabel: {
        ...valueAxis.axisLabel,
        showMinLabel: false,
        showMaxLabel: false,
        formatter: (value: number): string => `${value > 0 ? '+' : ''}${value}${unit}`,
      },
    },
    yAxis: names.axis,
    series: [
      ...rows.map(({ low, high, colour }, row) => ({
        type: 'line',
        silent: true,
        symbol: 'none',
        data: [
          [low, row],
          [high, row],
        ],
        lineStyle: { color: colour, width: 3, cap: 'round' },
        ...(row === 0
          ? {
              markLine: {
                symbol: 'none',
                silent: true,
                label: { show: false },
                lineStyle: { color: ink, type: 'solid', width: 1 },
                data: [{ xAxis: 0 }],
              },
            }
          : {}),
      })),
      {
        type: 'scatter',
        silent: true,
        symbolSize: 9,
        z: 4,
        data: rows.map(({ middle, colour }, row) => ({
          value: [middle, row],
          itemStyle: { color: colour, borderColor: paper, borderWidth: 1 },
        })),
      },
    ],
  };
  return { option, height: rows.length * rowHeight(breadth) + TOP + BELOW };
}

const betterSide = { less: 'Left of the line is better.', more: 'Right of the line is better.', neither: '' } as const;

/** A chart for each further run against the first; none where nothing can be compared. */
export function differenceFigure(cells: readonly ComparedCell[], names: readonly string[]): Html[] {
  const [first] = cells;
  if (first === undefined) return [];
  return names.slice(1).flatMap((name, index) => {
    const rows = cells.flatMap(({ title, differences }): Row[] => {
      const difference = differences[index] ?? null;
      return difference === null ? [] : [{ title, difference }];
    });
    if (rows.length === 0) return [];
    const { metric, variant } = first;
    const title = `${name} against ${names[0] ?? ''}`;
    const label = `${metric.title} ${variant}: ${title}`;
    const how = `${betterSide[metric.better]} Dot: difference. Stroke: its 95 % interval; grey where it reaches the line.`;
    return [figureHtml({ title, how, label, draw: (breadth) => differences(rows, breadth) })];
  });
}
