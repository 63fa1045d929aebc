import type { CheckReport } from '../check/report.js';
import type { CheckRow, CheckStatus } from '../check/rows.js';
import { WIDTH_COLUMNS, wrap } from './wrap.js';

const STATUSES: readonly CheckStatus[] = ['problem', 'notice', 'unknown', 'ok'];
const STATUS_COLUMNS = Math.max(...STATUSES.map((status) => status.length));

/** The report as a person reads it: what auto would use, a line per row, and where not all is well what to do. */
export function formatCheck(report: CheckReport): string {
  const { version, node, kernel, uid, steer, rows } = report;
  const titleColumns = Math.max(...rows.map(({ title }) => title.length));
  const counts = STATUSES.map((status) => [rows.filter((row) => row.status === status).length, status] as const);
  return [
    `reuseport ${version}, Node ${node}, Linux ${kernel}, uid ${uid}`,
    `--steer auto would use "${steer.used}": ${steer.why}`,
    '',
    ...rows.flatMap((row) => rowLines(row, titleColumns)),
    '',
    counts.flatMap(([count, status]) => (count === 0 ? [] : [`${count} ${status}`])).join(', '),
  ].join('\n');
}

/** A row that is well takes one line; any other says what it means and what mends it. */
function rowLines({ status, title, value, meaning, mend }: CheckRow, titleColumns: number): string[] {
  const indent = ' '.repeat(STATUS_COLUMNS + 2);
  const line = `${status.padEnd(STATUS_COLUMNS)}  ${title.padEnd(titleColumns)}  ${value}`;
  if (status === 'ok') return [line];
  return [
    line,
    ...wrap(meaning, WIDTH_COLUMNS - indent.length).map((text) => `${indent}${text}`),
    ...mend.map((text, index) => `${indent}${index === 0 ? '→ ' : 'or '}${text}`),
  ];
}
