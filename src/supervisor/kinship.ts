/** Which processes a worker has started, itself or through others, after its end. Pure. */
import type { ProcessRow } from './process-table.js';

export interface Ancestor {
  pid: number;
  /** Nothing that it has started is older. */
  startTicks: number;
  /** What the variable {@link MARK_VARIABLE} of its descendants begins with; null when that is not known. */
  mark: string | null;
}

export interface Household {
  /** The master's own process. */
  pid: number;
  session: number;
  /** Children that the master has started itself. */
  own: ReadonlySet<number>;
  /** Workers that live. */
  living: readonly Ancestor[];
  /** Can a child that nobody knows only be a descendant of a worker. */
  adoptsWorkersOnly: boolean;
  /** undefined: it has no mark; null: nobody may look. */
  markOf(pid: number): string | null | undefined;
}

/**
 * The descendants of a worker that is gone. They are in its session, unless they have left it; then they have its mark,
 * unless their environment is not the worker's; then they are orphans that no living worker can have started.
 */
export function descendantsOf(gone: Ancestor, rows: readonly ProcessRow[], household: Household): ProcessRow[] {
  // A process with the worker's pid is another: the session of that number is not the worker's then.
  const reused = rows.some(({ pid, zombie }) => pid === gone.pid && !zombie);
  return rows.filter((row) => {
    if (row.zombie || row.startTicks < gone.startTicks || household.own.has(row.pid)) return false;
    if (row.session === gone.pid && !reused) return true;
    // What is in the session of somebody whom we know needs no look into its environment.
    if (row.session === household.session || household.living.some(({ pid }) => pid === row.session)) return false;
    const mark = household.markOf(row.pid);
    if (mark !== undefined) return mark !== null && isMarkOf(gone, mark);
    return isNobodysElse(row, household);
  });
}

export function isMarkOf({ mark }: Ancestor, found: string): boolean {
  return mark !== null && (found === mark || found.startsWith(`${mark}/`));
}

function isNobodysElse(row: ProcessRow, { pid, adoptsWorkersOnly, living }: Household): boolean {
  if (!adoptsWorkersOnly || row.parent !== pid) return false;
  return living.every(({ startTicks }) => startTicks > row.startTicks);
}
