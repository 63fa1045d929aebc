import type { SizingStatus, Status, WorkerStatus } from '../observe/status.js';
import { formatAddress } from '../supervisor/address.js';
import type { Stranger } from '../supervisor/stranger-watch.js';

/** The status as a person reads it: what serves where, then a line per worker. */
export function formatStatus(status: Status): string {
  const as = status.user === null ? '' : `, workers of user ${status.user.name}`;
  const head = `${status.name}: pid ${status.pid}, generation ${status.generation}, steering ${status.steer.used}${as}`;
  const listeners = status.listeners.flatMap((listener) => {
    const { slots, strangers } = listener;
    const queued = slots.reduce((sum, slot) => sum + slot.queued, 0);
    const drops = slots.reduce((sum, slot) => sum + slot.drops, 0);
    const line = `  ${formatAddress(listener)}  ${slots.length} listeners, ${queued} queued, ${drops} dropped`;
    return [line, ...strangers.map((stranger) => `    ${strangerLine(stranger)}`)];
  });
  const live = status.changedLive.map((change) => `${change.option} ${change.now} (configured: ${change.configured})`);
  const changes = live.length === 0 ? [] : [`  changed live: ${live.join(', ')}`];
  const sizing = status.sizing === null ? [] : sizingLines(status.sizing);
  const warnings = status.warnings.map((warning) => `  warning: ${warning}`);
  const columns = COLUMNS.filter(([, , isShown = () => true]) => isShown(status));
  const rows = [columns.map(([title]) => title), ...status.workers.map((row) => columns.map(([, cell]) => cell(row)))];
  return [head, ...listeners, ...sizing, ...changes, ...warnings, '', ...table(rows)].join('\n');
}

function sizingLines({ min, max, lastChange, stays }: SizingStatus): string[] {
  const lines = [`  workers ${min}..${max}`];
  if (lastChange !== null) {
    const { from, to, why, agoMs } = lastChange;
    lines.push(`    from ${from} to ${to} ${Math.round(agoMs / 1000)}s ago: ${why ?? 'asked for'}`);
  }
  if (stays !== null) lines.push(`    no more than now, though the loops are busy: ${stays}`);
  return lines;
}

function strangerLine({ pid, command, uid, address, served }: Stranger): string {
  const who = pid === null ? `a process of uid ${uid}` : `pid ${pid} (${command})`;
  return `not ours: ${who} on ${address}, ${served ? 'gets connections' : 'gets no connection'}`;
}

/** Title, content, and when to show it; default: always. */
type Column = [string, (row: WorkerStatus) => string, ((status: Status) => boolean)?];

const COLUMNS: readonly Column[] = [
  ['SLOT', (row) => orDash(row.slot)],
  ['PID', (row) => orDash(row.pid)],
  ['GEN', (row) => orDash(row.generation)],
  ['STATE', (row) => row.state + (row.why === null ? '' : ` (${row.why})`)],
  ['WEIGHT', (row) => orDash(row.weight), ({ steer }) => steer.used.startsWith('weighted')],
  ['UP', (row) => (row.uptimeMs === null ? '-' : `${(row.uptimeMs / 1000).toFixed(0)}s`)],
  ['ACCEPTED', (row) => orDash(row.accepted)],
  ['REFUSED', (row) => orDash(row.refused), ({ workers }) => workers.some(({ refused }) => (refused ?? 0) > 0)],
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
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
