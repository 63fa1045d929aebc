import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ of /proc/<pid>/stat: 100 on every architecture that Node supports. The sum is exact, cut to 10 ms. */
const MICROSECONDS_PER_TICK = 10_000;

export interface ProcessStat {
  pid: number;
  parentPid: number;
  /** In clock ticks after boot; tells a process from a later one with the same pid. */
  startTicks: number;
  /** User and system time of all its threads, also those that have ended. */
  cpuMicros: number;
}

/** Decodes one line of /proc/<pid>/stat (proc_pid_stat(5)). */
export function parseStat(line: string): ProcessStat {
  // The command name stands in parentheses and may itself hold spaces and parentheses.
  const afterName = line.lastIndexOf(')');
  const fields = line.slice(afterName + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    pid: Number.parseInt(line, 10),
    parentPid: field(4),
    startTicks: field(22),
    cpuMicros: (field(14) + field(15)) * MICROSECONDS_PER_TICK,
  };
}

function readStat(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined; // it ended between the listing and the reading
  }
}

/** The process and all its living descendants, the root first; then others that are named, with theirs. */
export function processTree(rootPid: number, others: readonly number[] = []): ProcessStat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readStat(Number(name)))
    .filter((stat) => stat !== undefined);
  const tree = new Set(all.filter(({ pid }) => pid === rootPid));
  const descend = (): void => {
    // A set is gone through with what is added meanwhile.
    for (const parent of tree) for (const stat of all) if (stat.parentPid === parent.pid) tree.add(stat);
  };
  descend();
  for (const stat of all) if (others.includes(stat.pid)) tree.add(stat);
  descend();
  return [...tree];
}

/** Is this very process still there (and no later one with its pid, and no zombie)? */
export function isAlive(process: ProcessStat): boolean {
  const now = readStat(process.pid);
  if (now === undefined || now.startTicks !== process.startTicks) return false;
  return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${process.pid}/stat`, 'utf8'));
}

export interface ProcessCpu {
  pid: number;
  cpuMicros: number;
}

/** CPU time that each process used between two readings of a tree; new ones count from zero. */
export function cpuBetween(before: readonly ProcessStat[], after: readonly ProcessStat[]): ProcessCpu[] {
  return after.map((stat) => {
    const earlier = before.find(({ pid, startTicks }) => pid === stat.pid && startTicks === stat.startTicks);
    return { pid: stat.pid, cpuMicros: stat.cpuMicros - (earlier?.cpuMicros ?? 0) };
  });
}

/** Memory of a process, with its share of what it has in common with others (proc_pid_smaps(5)); null when it has ended. */
export function pssBytes(pid: number): number | null {
  try {
    const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
