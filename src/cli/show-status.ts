import type { Status, WorkerStatus } from '../observe/status.js';

/** The status as a person reads it: what serves where, then a line per worker. */
export function formatStatus(status: Status): string {
  const head = `${status.name}: pid ${status.pid}, generation ${status.generation}, steering ${status.steer.used}`;
  const listeners = status.listeners.map(({ address, port, family, slots }) => {
    const where = family === 'unix' ? address : `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
    const queued = slots.reduce((sum, slot) => sum + slot.queued, 0);
    const drops = slots.reduce((sum, slot) => sum + slot.drops, 0);
    return `  ${where}  ${slots.length} listeners, ${queued} queued, ${drops} dropped`;
  });
  const rows = [COLUMNS.map(([title]) => title), ...status.workers.map((row) => COLUMNS.map(([, cell]) => cell(row)))];
  return [head, ...listeners, '', ...table(rows)].join('\n');
}

const COLUMNS: [string, (row: WorkerStatus) => string][] = [
  ['SLOT', (row) => String(row.slot)],
  ['PID', (row) => orDash(row.pid)],
  ['GEN', (row) => orDash(row.generation)],
  ['STATE', (row) => row.state + (row.why === null ? '' : ` (${row.why})`)],
  ['UP', (row) => (row.uptimeMs === null ? '-' : `${(row.uptimeMs / 1000).toFixed(0)}s`)],
  ['ACCEPTED', (row) => orDash(row.accepted)],
  ['OPEN', (row) => orDash(row.openConnections)],
  ['REQUESTS', (row) => orDash(row.requests)],
  ['LOOP', (row) => (row.loopUtilization === null ? '-' : `${(row.loopUtilization * 100).toFixed(0)}%`)],
  ['RSS', (row) => (row.rssBytes === null ? '-' : `${(row.rssBytes / 1_048_576).toFixed(0)}M`)],
  ['RESTARTS', (row) => String(row.restarts)],
];

function orDash(value: number | null): string {
  return value === null ? '-' : String(value);
}

function table(rows: string[][]): string[] {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
