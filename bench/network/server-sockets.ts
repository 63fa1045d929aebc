/** What the kernel holds of a server's port, by its own table; in the server's network, which may not be ours. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { deferAcceptFile } from '../paths.js';
import { readText } from '../system.js';

/** States of include/net/tcp_states.h. */
const STATES = { established: '01', handshake: '03', listening: '0A' } as const;

interface Row {
  state: string;
  /** 0: nobody has accepted it. */
  inode: number;
  remotePort: number;
}

/** The rows of /proc/<pid>/net/tcp whose local end it is. A client of another address may have the same port. */
export function rowsOf(table: string, host: string, port: number): Row[] {
  // An IPv4 address stands there as a number of this machine's, the port as a plain one.
  const address = host
    .split('.')
    .toReversed()
    .map((byte) => hex(Number(byte), 2))
    .join('');
  const wanted = `${address}:${hex(port, 4)}`;
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local]) => local === wanted)
    .map(([, , remote = '', state = '', , , , , , inode]) => {
      return { state, inode: Number(inode), remotePort: Number.parseInt(remote.split(':')[1] ?? '', 16) };
    });
}

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

export interface HeldConnections {
  /** A worker has them. */
  accepted: number;
  /** In an accept queue. */
  queued: number;
  /** The kernel waits for the client: for the end of the handshake, or for its first bytes. */
  unfinished: number;
}

/** Of the connections to that address and port those from these ports. */
export function heldConnections(
  table: string,
  host: string,
  port: number,
  clientPorts: ReadonlySet<number>,
): HeldConnections {
  const rows = rowsOf(table, host, port).filter(({ remotePort }) => clientPorts.has(remotePort));
  const established = rows.filter(({ state }) => state === STATES.established);
  return {
    accepted: established.filter(({ inode }) => inode !== 0).length,
    queued: established.filter(({ inode }) => inode === 0).length,
    unfinished: rows.filter(({ state }) => state === STATES.handshake).length,
  };
}

export const tcpTableOf = (pid: number): string => readText(`/proc/${pid}/net/tcp`) ?? '';

/** One descriptor of each listening socket of that address and port; the same socket may be held by several processes. */
function listenersOf(pids: readonly number[], host: string, port: number): { pid: number; fd: string }[] {
  const inodes = new Set(
    rowsOf(tcpTableOf(pids[0] ?? 0), host, port)
      .filter(({ state }) => state === STATES.listening)
      .map(({ inode }) => `socket:[${inode}]`),
  );
  const found: { pid: number; fd: string }[] = [];
  for (const pid of pids) {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      if (inodes.delete(targetOf(`/proc/${pid}/fd/${fd}`))) found.push({ pid, fd });
    }
  }
  if (inodes.size > 0 || found.length === 0) throw new Error(`port ${port} has listeners that no process of it holds`);
  return found;
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return ''; // closed in the meantime
  }
}

/** Why no process can be given the option from outside here; undefined: it can, if it is a process of this user. */
export function whyNoDeferAccept(): string | undefined {
  // A descriptor that is no socket: it comes as far as the option.
  const { stderr, error } = spawnSync(deferAcceptFile, [String(process.pid), '0', '0'], { encoding: 'utf8' });
  if (error !== undefined) return `${deferAcceptFile}: ${error.message}`;
  if (!stderr.startsWith('pidfd_')) return undefined;
  return `listeners of another process are reached by pidfd_getfd (Linux 5.6; root, or kernel.yama.ptrace_scope = 0): ${stderr.trim()}`;
}

/** TCP_DEFER_ACCEPT on all listeners of an IPv4 address and port; 0 takes it away. The processes may be those of another user for root only. */
export function deferAccept(pids: readonly number[], host: string, port: number, seconds: number): void {
  for (const { pid, fd } of listenersOf(pids, host, port)) {
    const { status, stderr, error } = spawnSync(deferAcceptFile, [String(pid), fd, String(seconds)], {
      encoding: 'utf8',
    });
    if (status !== 0)
      throw new Error(`TCP_DEFER_ACCEPT on a listener of process ${pid}: ${error?.message ?? stderr.trim()}`);
  }
}
