import { percentileNs } from '../../../report/histogram.js';
import type { Histogram } from '../../../report/histogram.js';
import type { Cell } from '../cells.js';
import type { Look } from '../looks.js';
import { decadesAround, named, namedAbove, ticksAt, valueAxis } from './axes.js';
import { endLabels, legendBelow, rightOfEnd } from './line-names.js';
import type { Breadth, Drawing } from './svg.js';

const HEIGHT = { wide: 340, narrow: 280 };
const STEPS_PER_DECADE = 12;
/** Beyond it a percentile rests on so few requests that it says nothing. */
const NINES_AT_MOST = 5;

/** Where a share is drawn: every further nine is one step to the right. */
const nines = (share: number): number => -Math.log10(1 - share);
const shareAt = (position: number): number => 1 - 10 ** -position;

const labels: ReadonlyMap<number, string> = new Map([
  [nines(0.5), '50 %'],
  [1, '90 %'],
  [2, '99 %'],
  [3, '99.9 %'],
  [4, '99.99 %'],
  [5, '99.999 %'],
]);

/** A power of ten of milliseconds, without digits that mean nothing. */
function decade(ms: number): string {
  if (ms >= 1_000) return `${ms / 1_000} s`;
  return ms >= 0.1 ? `${Number(ms.toPrecision(1))} ms` : `${Number((ms * 1_000).toPrecision(1))} µs`;
}

/** Up to the last percentile that one request still lies above; there is the maximum. */
function curve(latency: Histogram): [position: number, ms: number][] {
  const end = Math.min(NINES_AT_MOST, Math.max(1, Math.log10(latency.count)));
  const steps = Math.ceil(end * STEPS_PER_DECADE);
  const points = Array.from({ length: steps }, (_, step): [number, number] => {
    const position = step / STEPS_PER_DECADE;
    return [position, percentileNs(latency, shareAt(position)) / 1e6];
  });
  const last = end < NINES_AT_MOST ? latency.maxNs : percentileNs(latency, shareAt(end));
  return [...points, [end, last / 1e6]];
}

/** The slowest at the 99th percentile first, as the lines lie. */
export function percentiles(cells: readonly Cell[], lookOf: (rival: string) => Look, breadth: Breadth): Drawing {
  const timed = cells
    .flatMap(({ rival, latency }) => (latency === null || latency.count === 0 ? [] : [{ rival, latency }]))
    .toSorted((left, right) => right.latency.p99Ns - left.latency.p99Ns);
  const curves = timed.map(({ latency }) => curve(latency));
  const end = Math.max(1, ...curves.map((points) => points.at(-1)?.[0] ?? 0));
  const ticks = [...labels.keys()].filter((position) => position <= end);
  const titles = timed.map(({ rival }) => rival.title);
  const legend = legendBelow(
    timed.map(({ rival }) => ({ title: rival.title, look: lookOf(rival.name) })),
    breadth,
  );
  const option = {
    ...legend.option,
    grid: { left: 58, right: rightOfEnd(titles, breadth), top: 30, bottom: 44 + legend.height },
    xAxis: {
      ...valueAxis,
      min: 0,
      max: end,
      interval: 1,
      ...named(breadth === 'wide' ? 'of all requests were answered at least this fast' : 'of requests were this fast'),
      axisLabel: {
        ...valueAxis.axisLabel,
        customValues: ticks,
        formatter: (value: number): string => labels.get(value) ?? '',
      },
      axisTick: ticksAt(ticks),
    },
    yAxis: {
      ...valueAxis,
      type: 'log',
      ...decadesAround(curves.flatMap((points) => points.map(([, ms]) => ms))),
      ...namedAbove('latency (log scale)'),
      axisLabel: { ...valueAxis.axisLabel, formatter: decade },
    },
    series: timed.map(({ rival }, index) => {
      const { colour, dash, symbol } = lookOf(rival.name);
      return {
        type: 'line',
        silent: true,
        name: rival.title,
        data: (curves[index] ?? []).map(([position, ms]) => ({
          value: [position, ms],
          symbol: labels.has(position) ? symbol : 'none',
        })),
        symbol,
        symbolSize: 7,
        showAllSymbol: true,
        lineStyle: { color: colour, type: dash, width: 2 },
        itemStyle: { color: colour },
        ...endLabels(rival.title, colour, breadth),
      };
    }),
  };
  return { option, height: HEIGHT[breadth] + legend.height };
}
