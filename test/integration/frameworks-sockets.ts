// Who holds which TCP socket, read from /proc: the programs under test stay untouched, so only the kernel can tell which
// worker has accepted a connection.
import { readFileSync } from 'node:fs';
import { descriptorsOf } from '../helpers/processes.js';

/** A row of /proc/net/tcp or tcp6 (see proc_net_tcp.rst in the kernel's documentation). */
interface TcpRow {
  readonly localPort: number;
  readonly remotePort: number;
  readonly established: boolean;
  /** 0 while no process has accepted the connection. */
  readonly inode: number;
}

/** TCP_ESTABLISHED of the kernel's tcp_states.h, as /proc prints it. */
const ESTABLISHED = '01';

function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);
}

/** All TCP sockets of this network namespace, both families. */
function tcpRows(): readonly TcpRow[] {
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readFileSync(file, 'latin1')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => {
        const fields = line.trim().split(/\s+/);
        const [, local = '', remote = '', state = ''] = fields;
        return {
          localPort: portOf(local),
          remotePort: portOf(remote),
          established: state === ESTABLISHED,
          inode: Number(fields[9]),
        };
      }),
  );
}

/** The inodes of the sockets that a process holds. */
function socketInodesOf(pid: number): ReadonlySet<number> {
  return new Set(
    descriptorsOf(pid).flatMap((target) => {
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      return inode === undefined ? [] : [Number(inode)];
    }),
  );
}

/**
 * Which of `pids` holds the server's side of each connection.
 * @param clientPorts the local ports of the clients' sockets, all connected to `port`
 * @returns one pid per client port; undefined where none of `pids` has accepted the connection
 */
export function ownersOf(
  port: number,
  clientPorts: readonly number[],
  pids: readonly number[],
): readonly (number | undefined)[] {
  const inodeByClientPort = new Map(
    tcpRows()
      .filter((row) => row.localPort === port && row.established)
      .map((row) => [row.remotePort, row.inode]),
  );
  const held = pids.map((pid) => ({ pid, inodes: socketInodesOf(pid) }));
  return clientPorts.map((clientPort) => {
    const inode = inodeByClientPort.get(clientPort);
    return inode === undefined ? undefined : held.find(({ inodes }) => inodes.has(inode))?.pid;
  });
}
