import type { Cell } from '../cells.js';
import type { LabSample, LabTimeline } from '../../result.js';
import type { Look } from '../looks.js';
import { decadesAround, valueAxis } from './axes.js';
import { bandsOf, marksOf } from './bands.js';
import { LOG_FROM } from './scale.js';
import type { Breadth, Drawing } from './svg.js';

interface Course {
  cell: Cell;
  rounds: LabTimeline[];
}

const coursesOf = (cells: readonly Cell[], series: string): Course[] =>
  cells
    .map((cell) => ({
      cell,
      rounds: cell.samples.flatMap(({ timelines = {} }: LabSample) => timelines[series] ?? []),
    }))
    .filter(({ rounds }) => rounds.some(({ values }) => values.length > 0));

const valuesOf = (courses: readonly Course[]): number[] =>
  courses.flatMap(({ rounds }) => rounds.flatMap(({ values }) => values));

const isLogarithmic = (values: readonly number[]): boolean =>
  values.length > 0 && Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) >= LOG_FROM;

export const pointsOf = ({ stepMs, values }: LabTimeline): [seconds: number, value: number][] =>
  values.map((value, index) => [((index + 0.5) * stepMs) / 1_000, value]);

/** A band for each rival, all with the same scales, one above the other: what happens at one moment is in one column. */
export function timeline(
  cells: readonly Cell[],
  series: string,
  unit: string,
  lookOf: (rival: string) => Look,
  breadth: Breadth,
): Drawing {
  const courses = coursesOf(cells, series);
  const values = valuesOf(courses);
  const end = Math.max(
    0,
    ...courses.flatMap(({ rounds }) => rounds.map((one) => (one.stepMs * one.values.length) / 1_000)),
  );
  const most = Math.max(0, ...values);
  const log = isLogarithmic(values);
  const bands = bandsOf(
    courses.map(({ cell }) => ({ title: cell.rival.title, colour: lookOf(cell.rival.name).colour })),
    end,
    breadth,
  );
  const option = {
    ...bands.option,
    yAxis: courses.map((_, row) => ({
      ...valueAxis,
      gridIndex: row,
      splitNumber: 2,
      ...(log ? { type: 'log', ...decadesAround(values) } : { min: 0, max: most }),
      axisLabel: { ...valueAxis.axisLabel, formatter: (value: number): string => `${value}${unit === '%' ? '%' : ''}` },
    })),
    series: courses.flatMap(({ cell, rounds }, row) =>
      rounds.map((round, index) => ({
        type: 'line',
        silent: true,
        xAxisIndex: row,
        yAxisIndex: row,
        symbol: 'none',
        data: pointsOf(round),
        lineStyle: { color: lookOf(cell.rival.name).colour, width: 1.4, opacity: rounds.length === 1 ? 1 : 0.65 },
        ...(index === 0 ? { markLine: marksOf(round, row === 0, breadth) } : {}),
      })),
    ),
  };
  return { option, height: bands.height };
}

/** Figures that are counted in steps say so themselves: `per 100 ms`. */
function unitText(unit: string): string {
  if (unit === '') return '';
  return unit.startsWith('per ') ? `P${unit.slice(1)}. ` : `In ${unit}. `;
}

export function timelineLegend(cells: readonly Cell[], series: string, unit: string): string {
  const scale = isLogarithmic(valuesOf(coursesOf(cells, series))) ? ' Log scale.' : '';
  return `${unitText(unit)}One line for each round; all bands have the same scale.${scale}`;
}
