import type { CellSummary } from './summary.js';
import type { Spread } from './statistics.js';

function withRange({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

function thousands({ median, min, max }: Spread): string {
  return withRange({ median: median / 1_000, min: min / 1_000, max: max / 1_000 }, 1);
}

const percent = (share: number): string => `${(share * 100).toFixed(0)}%`;

function micros(value: number): string {
  return value >= 10_000 ? `${(value / 1_000).toFixed(0)} ms` : `${(value / 1_000).toFixed(2)} ms`;
}

/** Columns as wide as their widest cell; the first one to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

const headings = (against: string): string[] => [
  'rival',
  '1000 req/s',
  `× ${against}`,
  'CPU µs/req',
  `× ${against}`,
  'first',
  'p50',
  'p99',
  'accepts',
  'client',
  'failed',
];

function row(cell: CellSummary): string[] {
  const ratio = (spread: Spread | undefined): string => (spread === undefined ? '-' : withRange(spread, 2));
  return [
    cell.title,
    thousands(cell.requestsPerSecond) + (cell.throughputVoid ? ' void' : ''),
    cell.throughputVoid ? 'void' : ratio(cell.throughputRatio),
    withRange(cell.serverCpuMicrosPerRequest, 1),
    ratio(cell.serverCpuRatio),
    percent(cell.firstProcessShare.median),
    micros(cell.p50Micros),
    micros(cell.p99Micros),
    cell.acceptShares.map(percent).join(' '),
    percent(cell.clientCpuShare.median),
    cell.failures,
  ];
}

export function renderTable(title: string, against: string, cells: readonly CellSummary[]): string {
  return `${title}\n${alignColumns([headings(against), ...cells.map(row)])}`;
}

export const legend = (against: string): string =>
  `median (least–most of the rounds); ratios paired by round with ${against}; first: share of the server CPU\n` +
  'that the process started first used; accepts: share of each worker; client: CPU of the load generator, of one core';
