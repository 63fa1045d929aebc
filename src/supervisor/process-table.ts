/** The processes of this machine as /proc lists them, as far as this user may see them. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessRow {
  pid: number;
  parent: number;
  session: number;
  /** When it started, in clock ticks since boot: with the pid it names a process for ever. */
  startTicks: number;
  /** Has it ended, and waits only for its parent to look. */
  zombie: boolean;
}

export function readProcesses(): ProcessRow[] {
  return pidsIn('/proc').flatMap((pid) => readProcess(pid) ?? []);
}

/** null when there is none. */
export function readProcess(pid: number): ProcessRow | null {
  const text = readText(`/proc/${pid}/stat`);
  return text === null ? null : parseStat(text);
}

/** Of every thread of this process: a kernel that does not list them is asked for all processes. */
export function readChildren(pid: number): ProcessRow[] {
  const lists = pidsIn(`/proc/${pid}/task`).map((thread) => readText(`/proc/${pid}/task/${thread}/children`));
  if (lists.includes(null)) return readProcesses().filter(({ parent }) => parent === pid);
  const children = lists.flatMap((list) => list?.split(' ').filter(Boolean).map(Number) ?? []);
  return children.flatMap((child) => readProcess(child) ?? []);
}

/** A variable that the process was started with; undefined when it has none, null when that may not be read. */
export function readVariable(pid: number, name: string): string | null | undefined {
  const text = readText(`/proc/${pid}/environ`);
  if (text === null) return null;
  const start = `${name}=`;
  return text
    .split('\0')
    .find((variable) => variable.startsWith(start))
    ?.slice(start.length);
}

/** `pid (command) state parent group session …`, and a command may contain anything. */
export function parseStat(text: string): ProcessRow | null {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [pid, parent, session, startTicks] = [Number.parseInt(text, 10), fields[1], fields[3], fields[19]];
  if (startTicks === undefined || !(pid > 0)) return null;
  return {
    pid,
    parent: Number(parent),
    session: Number(session),
    startTicks: Number(startTicks),
    zombie: fields[0] === 'Z' || fields[0] === 'X',
  };
}

function pidsIn(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    // Gone, or no descriptor is left to look with.
    return [];
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
