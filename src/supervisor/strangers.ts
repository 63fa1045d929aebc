/** Who holds a socket: found by looking through /proc, only when something is wrong or asked for. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface SocketHolder {
  pid: number;
  command: string;
}

/** Characters of a command line in a message. */
const LONGEST_COMMAND = 120;

/** Processes that hold the socket with this inode, as far as this user may see them. */
export function holdersOfSocket(inode: number): SocketHolder[] {
  const wanted = `socket:[${inode}]`;
  return processes()
    .filter((pid) => holds(pid, wanted))
    .map((pid) => ({ pid, command: commandOf(pid) }));
}

function processes(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    // No descriptor left to look with.
    return [];
  }
}

function holds(pid: number, wanted: string): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((name) => linkOf(`${folder}/${name}`) === wanted);
  } catch {
    // Another user's process, or one that has just ended.
    return false;
  }
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null;
  }
}

function commandOf(pid: number): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
    const text = words.length > 0 ? words.join(' ') : readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    // A stranger chooses its command line: no control character of it may reach the terminal.
    return cut(text.replace(/\p{Cc}+/gu, ' '));
  } catch {
    return 'unknown';
  }
}

function cut(text: string): string {
  return text.length > LONGEST_COMMAND ? `${text.slice(0, LONGEST_COMMAND - 1)}…` : text;
}

/** `pid 812 (nginx: master process), pid 813 (…)`, or what can be said when they cannot be seen. */
export function describeHolders(inode: number, uid: number): string {
  const holders = holdersOfSocket(inode);
  if (holders.length === 0) return `a process of uid ${uid} that cannot be seen from here`;
  return nameHolders(holders);
}

/** The first of them by name, and how many more there are. */
export function nameHolders(holders: readonly SocketHolder[]): string {
  const named = holders.slice(0, 3).map(({ pid, command }) => `pid ${pid} (${command})`);
  return named.join(', ') + (holders.length > 3 ? ` and ${holders.length - 3} more` : '');
}
