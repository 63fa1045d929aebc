/** Why the kernel refused an address, and what to do about it. */
import { readFileSync } from 'node:fs';
import type { ListenTarget } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import { boundAddressOf, collide, type BoundAddress } from './address.js';
import { describeHolders } from './strangers.js';

/**
 * A worker's message about a failed bind with what the master can add to it.
 * @param code errno name
 * @param message as the addon says it: `bind 0.0.0.0:80: EACCES (permission denied)`
 */
export function explainBindFailure(addon: Addon, code: string, message: string, target: ListenTarget): string {
  const wanted = boundAddressOf(target, target.kind === 'tcp' ? target.port : 0);
  const advice = wanted === null ? unixAdvice(code) : tcpAdvice(addon, code, wanted);
  return advice === null ? message : `${message}. ${advice}`;
}

function tcpAdvice(addon: Addon, code: string, wanted: BoundAddress): string | null {
  switch (code) {
    case 'EACCES': {
      const first = unprivilegedPortStart();
      if (wanted.port >= first) return null;
      return (
        `Ports below ${first} need CAP_NET_BIND_SERVICE: start as root, grant it (systemd: ` +
        `AmbientCapabilities=CAP_NET_BIND_SERVICE), lower net.ipv4.ip_unprivileged_port_start, or use another port.`
      );
    }
    case 'EADDRINUSE': {
      const holder = holderOf(addon, wanted);
      const who = holder === null ? '' : `: ${holder}`;
      return `A socket without SO_REUSEPORT, or of another user, holds the port${who}. Stop it, or use another port.`;
    }
    case 'EADDRNOTAVAIL':
      return 'No interface of this machine has that address.';
    default:
      return null;
  }
}

/** Who listens on that address, as a message names it; null: nobody, or it cannot be seen. */
export function holderOf(addon: Addon, wanted: BoundAddress): string | null {
  try {
    const holder = addon.listeningSockets(wanted.port).find((socket) => collide(wanted, socket));
    return holder === undefined ? null : describeHolders(holder.inode, holder.uid);
  } catch {
    return null;
  }
}

function unixAdvice(code: string): string | null {
  switch (code) {
    case 'EADDRINUSE':
      return 'The file is there already. If no server listens on it, remove it.';
    case 'EACCES':
      return 'This user may not write in that folder.';
    case 'ENOENT':
      return 'The folder does not exist.';
    default:
      return null;
  }
}

function unprivilegedPortStart(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
  } catch {
    return 1024;
  }
}
