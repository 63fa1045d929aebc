import type { LabMetric } from '../../result.js';
import { sortByMetric } from '../cells.js';
import type { Cell } from '../cells.js';
import { ink, paper } from '../looks.js';
import type { Look } from '../looks.js';
import { withUnit } from '../text.js';
import { categoryAxis, textWidth, valueAxis } from './axes.js';
import { BELOW, TOP, rowHeight, rowNames } from './rows.js';
import { scaleOf } from './scale.js';
import type { Scale } from './scale.js';
import type { Breadth, Drawing } from './svg.js';

const BAR = 14;

/** One for all variants, so that their charts can be compared. */
export function barScale(cells: readonly Cell[], { key }: LabMetric): Scale {
  return scaleOf(
    cells.flatMap(({ estimates }) => {
      const found = estimates.get(key);
      return found === undefined ? [] : [found.min, found.max];
    }),
  );
}

/** On a logarithmic scale a bar has no length that means anything: there the median is a mark. */
export const barsLegend = ({ log }: Scale): string =>
  log
    ? 'Large mark: median of the rounds. Small dot: one round. Log scale.'
    : 'Bar: median of the rounds. Ring: one round.';

function valueAxisOf(scale: Scale, breadth: Breadth) {
  const common = { ...valueAxis, max: scale.max };
  if (scale.log) return { ...common, type: 'log', min: scale.min };
  const interval = scale.interval * (breadth === 'wide' ? 1 : 2);
  const whole = Math.abs(scale.max / interval - Math.round(scale.max / interval)) < 1e-9;
  return { ...common, min: 0, interval, axisLabel: { ...valueAxis.axisLabel, showMaxLabel: whole } };
}

function medianSeries(medians: readonly number[], looks: readonly Look[], { log }: Scale) {
  const silent = true;
  if (!log) {
    const data = medians.map((value, row) => ({ value, itemStyle: { color: looks[row]?.colour, borderRadius: 2 } }));
    return { type: 'bar', silent, barWidth: BAR, data };
  }
  const data = medians.map((value, row) => ({
    value: [value, row],
    symbol: looks[row]?.symbol,
    itemStyle: { color: looks[row]?.colour, borderColor: paper, borderWidth: 1, opacity: 1 },
  }));
  return { type: 'scatter', silent, symbolSize: BAR, z: 4, data };
}

function roundSeries(rows: readonly Cell[], key: string, looks: readonly Look[], { log }: Scale) {
  const data = rows.flatMap(({ samples }, row) =>
    samples.map(({ numbers, round }) => ({
      value: [numbers[key], row],
      // Equal rounds beside each other.
      symbolOffset: [0, ((round % 3) - 1) * (log ? 4 : 3)],
      ...(log ? { itemStyle: { color: looks[row]?.colour, opacity: 0.6 } } : {}),
    })),
  );
  const ring = { color: paper, borderColor: ink, borderWidth: 1.3 };
  return { type: 'scatter', silent: true, symbol: 'circle', symbolSize: log ? 5 : 7, itemStyle: ring, data, z: 3 };
}

/** A row for each rival, best first: its median, a mark for each round, and the median as text. */
export function bars(
  cells: readonly Cell[],
  metric: LabMetric,
  lookOf: (rival: string) => Look,
  breadth: Breadth,
  scale: Scale,
): Drawing {
  const rows = sortByMetric(cells, metric).filter(({ estimates }) => estimates.has(metric.key));
  const medians = rows.map(({ estimates }) => estimates.get(metric.key)?.median ?? 0);
  const values = medians.map((value) => withUnit(value, metric.unit));
  const names = rowNames(
    rows.map(({ rival }) => rival.title),
    breadth,
  );
  const looks = rows.map(({ rival }) => lookOf(rival.name));
  const option = {
    grid: { left: names.left, right: Math.max(0, ...values.map(textWidth)) + 20, top: TOP, bottom: BELOW },
    xAxis: valueAxisOf(scale, breadth),
    yAxis: [
      names.axis,
      {
        ...categoryAxis,
        inverse: true,
        position: 'right',
        data: values,
        axisLabel: { color: ink, fontSize: 12, fontWeight: 'bold', interval: 0 },
      },
    ],
    series: [medianSeries(medians, looks, scale), roundSeries(rows, metric.key, looks, scale)],
  };
  return { option, height: rows.length * rowHeight(breadth) + TOP + BELOW };
}
