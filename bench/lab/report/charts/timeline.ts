import type { Cell } from '../cells.js';
import type { LabSample, LabTimeline } from '../../result.js';
import { faint, ink } from '../looks.js';
import type { Look } from '../looks.js';
import { decadesAround, named, valueAxis } from './axes.js';
import { LOG_FROM } from './scale.js';
import { widths } from './svg.js';
import type { Breadth, Drawing } from './svg.js';

const BAND = { wide: 96, narrow: 92 };
const TITLE = 20;
const BELOW = 44;
/** The names of what happened stand in the first band only, under its title. */
const MARK_NAMES = 16;

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

const pointsOf = ({ stepMs, values }: LabTimeline): [seconds: number, value: number][] =>
  values.map((value, index) => [((index + 0.5) * stepMs) / 1_000, value]);

/** Things that happened in the first round stand for those of all: each round does the same at the same time. */
function marksOf(rounds: readonly LabTimeline[], named: boolean, breadth: Breadth) {
  const marks = rounds[0]?.marks ?? [];
  return {
    symbol: 'none',
    silent: true,
    lineStyle: { color: ink, type: 'dashed', width: 1 },
    label: {
      show: named && marks.length <= (breadth === 'wide' ? 12 : 4),
      color: ink,
      fontSize: 11,
      distance: 2,
      formatter: ({ name }: { name: string }): string => name,
    },
    data: marks.map(({ atMs, what }) => ({ xAxis: atMs / 1_000, name: what })),
  };
}

/** A band for each rival, all with the same scales, one above the other: what happens at one moment is in one column. */
export function timeline(
  cells: readonly Cell[],
  series: string,
  unit: string,
  lookOf: (rival: string) => Look,
  breadth: Breadth,
): Drawing {
  const courses = coursesOf(cells, series);
  const values = courses.flatMap(({ rounds }) => rounds.flatMap((round) => round.values));
  const end = Math.max(
    0,
    ...courses.flatMap(({ rounds }) => rounds.map((one) => (one.stepMs * one.values.length) / 1_000)),
  );
  const least = Math.min(...values.filter((value) => value > 0));
  const most = Math.max(0, ...values);
  const log = values.every((value) => value > 0) && most / least >= LOG_FROM;
  const band = BAND[breadth];
  const topOf = (row: number): number => TITLE + MARK_NAMES + 2 + row * band;
  const titleOf = (row: number): number => (row === 0 ? 2 : topOf(row) - TITLE);
  const last = courses.length - 1;
  const option = {
    title: courses.map(({ cell }, row) => ({
      text: cell.rival.title,
      left: 8,
      top: titleOf(row),
      padding: 0,
      textStyle: {
        color: lookOf(cell.rival.name).colour,
        fontSize: 12,
        fontWeight: 'bold',
        width: widths[breadth] - 16,
        overflow: 'truncate',
      },
    })),
    grid: courses.map((_, row) => ({ left: 52, right: 14, top: topOf(row), height: band - TITLE - 12 })),
    xAxis: courses.map((_, row) => ({
      ...valueAxis,
      gridIndex: row,
      min: 0,
      max: end,
      axisLabel: { ...valueAxis.axisLabel, show: row === last, showMaxLabel: false },
      axisLine: { show: true, lineStyle: { color: faint } },
      ...(row === last ? named('seconds from the beginning') : {}),
    })),
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
        ...(index === 0 ? { markLine: marksOf(rounds, row === 0, breadth) } : {}),
      })),
    ),
  };
  return { option, height: topOf(courses.length) - TITLE + BELOW - 12 };
}

export const timelineLegend = (unit: string): string =>
  `${unit === '' ? '' : `${unit[0]?.toUpperCase()}${unit.slice(1)}. `}One line for each round; all bands have the same scale.`;
