import { groupBy } from '../report/group-by.js';
import { describeFailures } from '../report/sample.js';
import { shortFigure } from '../report/short-figure.js';
import type { Spread } from '../report/statistics.js';
import { alignColumns } from '../report/table.js';
import type { SteeringSummary } from './summary.js';

export function withRange({ median, min, max }: Spread): string {
  return min === max ? shortFigure(median) : `${shortFigure(median)} (${shortFigure(min)}–${shortFigure(max)})`;
}

const spreadOf = (value: Spread | undefined): string => (value === undefined ? '-' : withRange(value));

const percent = (share: number, digits: number): string => `${(share * 100).toFixed(digits)}%`;

function columnsOf(
  cells: readonly SteeringSummary[],
  ratioAgainst: string,
): [string, (c: SteeringSummary) => string][] {
  const names = (key: 'numbers' | 'ratios'): string[] => [...new Set(cells.flatMap((cell) => Object.keys(cell[key])))];
  const percentiles = ['p50Ms', 'p90Ms', 'p99Ms', 'p999Ms', 'maxMs'] as const;
  const titles = { p50Ms: 'p50', p90Ms: 'p90', p99Ms: 'p99', p999Ms: 'p99.9', maxMs: 'max ms' };
  const latency = cells.some((cell) => cell.latency !== null)
    ? percentiles.map((name): [string, (c: SteeringSummary) => string] => [
        titles[name],
        (cell) => (cell.latency === null ? '-' : shortFigure(cell.latency[name])),
      ])
    : [];
  return [
    [
      'rival',
      (cell) => (cell.steer === null || cell.rival === cell.steer ? cell.rival : `${cell.rival} → ${cell.steer}`),
    ],
    ...latency,
    ...names('numbers').map((name): [string, (c: SteeringSummary) => string] => [
      name,
      (cell) => spreadOf(cell.numbers[name]),
    ]),
    ...names('ratios').map((name): [string, (c: SteeringSummary) => string] => [
      `${name} × ${ratioAgainst}`,
      (cell) => spreadOf(cell.ratios[name]),
    ]),
    ['done', (cell) => String(cell.completed)],
    ['failed', (cell) => describeFailures(cell.failures)],
    ['rescues', (cell) => String(cell.rescues)],
    ['moved', (cell) => String(cell.moved)],
    ['master', (cell) => percent(cell.masterCpuShare.median, 2)],
    ['client', (cell) => percent(cell.clientCpuShare, 0)],
    ['lag p99', (cell) => shortFigure(cell.clientLagP99Ms.median)],
  ];
}

export function renderSteeringTables(cells: readonly SteeringSummary[], ratioAgainst: string): string {
  const tables = [...groupBy(cells, ({ variant }) => variant)].map(([variant, group]) => {
    const columns = columnsOf(group, ratioAgainst);
    const rows = group.map((cell) => columns.map(([, text]) => text(cell)));
    return `${variant}\n${alignColumns([columns.map(([heading]) => heading), ...rows])}`;
  });
  return tables.join('\n\n');
}

export const steeringLegend =
  'percentiles in ms of all rounds together; figures: median (least–most of the rounds); master: CPU of the process\n' +
  'started first, of one core; client: CPU of the load generators, of one core; lag p99: how late they were, in ms';
