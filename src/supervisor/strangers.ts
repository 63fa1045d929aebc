/** Who holds a socket: found by looking through /proc, only when something is wrong or asked for. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface SocketHolder {
  pid: number;
  command: string;
}

/** Processes that hold the socket with this inode, as far as this user may see them. */
export function holdersOfSocket(inode: number): SocketHolder[] {
  const wanted = `socket:[${inode}]`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => holds(pid, wanted))
    .map((pid) => ({ pid, command: commandOf(pid) }));
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
    return words.length > 0 ? words.join(' ').slice(0, 120) : readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

/** `pid 812 (nginx: master process), pid 813 (…)`, or what can be said when they cannot be seen. */
export function describeHolders(inode: number, uid: number): string {
  const holders = holdersOfSocket(inode);
  if (holders.length === 0) return `a process of uid ${uid} that this user may not look into`;
  const named = holders.slice(0, 3).map(({ pid, command }) => `pid ${pid} (${command})`);
  return named.join(', ') + (holders.length > 3 ? ` and ${holders.length - 3} more` : '');
}
