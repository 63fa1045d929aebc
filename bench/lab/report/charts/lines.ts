import type { Cell } from '../cells.js';
import type { LabMetric } from '../../result.js';
import type { Look } from '../looks.js';
import { groupBy } from '../../../report/group-by.js';
import { metricTitle } from '../text.js';
import { categoryAxis, decadesAround, named, namedAbove, ticksAt, valueAxis } from './axes.js';
import { LOG_FROM } from './scale.js';
import { endLabels, legendBelow, rightOfEnd } from './line-names.js';
import type { Breadth, Drawing } from './svg.js';

const HEIGHT = { wide: 320, narrow: 270 };

const axisLabel = { ...valueAxis.axisLabel };

/** Names of variants that are words, in as many lines as their share of the width asks for. */
const broken = (count: number, breadth: Breadth) =>
  ({ interval: 0, overflow: 'break', width: (breadth === 'wide' ? 560 : 230) / count, lineHeight: 13 }) as const;

function xAxisOf(variants: readonly Pick<Cell, 'variant' | 'x'>[], name: string, breadth: Breadth) {
  const places = variants.map(({ x }) => x).filter((x) => x !== undefined);
  if (places.length < variants.length) {
    const data = variants.map(({ variant }) => variant);
    return {
      axis: {
        ...categoryAxis,
        data,
        ...named(name, 40),
        axisLabel: { ...categoryAxis.axisLabel, ...broken(data.length, breadth) },
      },
      placeOf: ({ variant }: Cell) => variant,
    };
  }
  const least = Math.min(...places);
  const wide = least > 0 && Math.max(...places) / least >= LOG_FROM;
  // On its own logarithm, as a log axis has no ticks but powers of ten.
  const at = (x: number): number => (wide ? Math.log10(x) : x);
  const ticks = places.map(at);
  const labels = new Map(places.map((x) => [at(x), String(x)]));
  const axis = {
    ...valueAxis,
    min: Math.min(...ticks),
    max: Math.max(...ticks),
    splitLine: { show: false },
    axisLabel: { ...axisLabel, customValues: ticks, formatter: (value: number): string => labels.get(value) ?? '' },
    axisTick: ticksAt(ticks),
    ...named(name),
  };
  return { axis, placeOf: ({ x = 0 }: Cell) => at(x) };
}

function yAxisOf(values: readonly number[], metric: LabMetric) {
  const least = Math.min(...values);
  const name = metricTitle(metric);
  if (least > 0 && Math.max(...values) / least >= LOG_FROM) {
    return { ...valueAxis, type: 'log', ...decadesAround(values), ...namedAbove(`${name} (log scale)`) };
  }
  return { ...valueAxis, ...(least >= 0 ? { min: 0 } : {}), ...namedAbove(name) };
}

/** A line for each rival over the variants, and a vertical stroke from its least to its largest round. */
export function lines(
  cells: readonly Cell[],
  metric: LabMetric,
  x: string,
  lookOf: (rival: string) => Look,
  breadth: Breadth,
): Drawing {
  const known = cells.filter(({ estimates }) => estimates.has(metric.key));
  const variants = [...groupBy(known, ({ variant }) => variant).values()].flatMap(([first]) => first ?? []);
  const { axis, placeOf } = xAxisOf(variants, x, breadth);
  const byRival = [...groupBy(known, ({ rival }) => rival.name)];
  const titles = byRival.map(([name, [first]]) => first?.rival.title ?? name);
  const legend = legendBelow(
    byRival.map(([name], index) => ({ title: titles[index] ?? name, look: lookOf(name) })),
    breadth,
  );
  const extremes = known.flatMap(({ estimates }) => {
    const found = estimates.get(metric.key);
    return found === undefined ? [] : [found.min, found.max];
  });
  const series = byRival.flatMap(([name, group], index) => {
    const { colour, dash, symbol } = lookOf(name);
    const title = titles[index] ?? name;
    const figures = group.map((cell) => ({ place: placeOf(cell), found: cell.estimates.get(metric.key) }));
    const line = {
      type: 'line',
      silent: true,
      name: title,
      data: figures.map(({ place, found }) => [place, found?.median]),
      symbol,
      symbolSize: 8,
      showAllSymbol: true,
      lineStyle: { color: colour, type: dash, width: 2 },
      itemStyle: { color: colour },
      ...endLabels(title, colour, breadth),
    };
    const strokes = figures.map(({ place, found }) => ({
      type: 'line',
      silent: true,
      symbol: 'none',
      data: [
        [place, found?.min],
        [place, found?.max],
      ],
      lineStyle: { color: colour, width: 1.2, opacity: 0.7 },
    }));
    return [line, ...strokes];
  });
  const option = {
    ...legend.option,
    grid: { left: 58, right: rightOfEnd(titles, breadth), top: 30, bottom: 58 + legend.height },
    xAxis: axis,
    yAxis: yAxisOf(extremes, metric),
    series,
  };
  return { option, height: HEIGHT[breadth] + legend.height };
}

export const linesLegend = 'Line: median of the rounds. Vertical stroke: from the least to the largest round.';
