/** Charts over time have a band for each rival, one above the other: what happens at one moment is in one column. */
import type { LabTimeline } from '../../result.js';
import { faint, ink } from '../looks.js';
import { named, valueAxis } from './axes.js';
import { widths } from './svg.js';
import type { Breadth } from './svg.js';

const BAND = { wide: 96, narrow: 92 };
const TITLE = 20;
const BELOW = 44;
/** The names of what happened stand in the first band only, under its title. */
const MARK_NAMES = 16;

/** Titles, drawing areas and axes of time; and how high all of it is. */
export function bandsOf(
  titles: readonly { title: string; colour: string }[],
  endSeconds: number,
  breadth: Breadth,
): { option: object; height: number } {
  const band = BAND[breadth];
  const topOf = (row: number): number => TITLE + MARK_NAMES + 2 + row * band;
  const titleOf = (row: number): number => (row === 0 ? 2 : topOf(row) - TITLE);
  const last = titles.length - 1;
  const textStyle = { fontSize: 12, fontWeight: 'bold', width: widths[breadth] - 16, overflow: 'truncate' };
  const option = {
    title: titles.map(({ title, colour }, row) => ({
      text: title,
      left: 8,
      top: titleOf(row),
      padding: 0,
      textStyle: { ...textStyle, color: colour },
    })),
    grid: titles.map((_, row) => ({ left: 52, right: 14, top: topOf(row), height: band - TITLE - 12 })),
    xAxis: titles.map((_, row) => ({
      ...valueAxis,
      gridIndex: row,
      min: 0,
      max: endSeconds,
      axisLabel: { ...valueAxis.axisLabel, show: row === last, showMaxLabel: false },
      axisLine: { show: true, lineStyle: { color: faint } },
      ...(row === last ? named('seconds from the beginning') : {}),
    })),
  };
  return { option, height: topOf(titles.length) - TITLE + BELOW - 12 };
}

/** Things that happened in the first round stand for those of all: each round does the same at the same time. */
export function marksOf({ marks = [] }: LabTimeline, named: boolean, breadth: Breadth) {
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
