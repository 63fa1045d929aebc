/** Sockets of a socket unit: bound by systemd, and given to the workers that ask for their address. */
import { fstatSync } from 'node:fs';
import type { ListenTarget } from '../channel/messages.js';
import type { Addon, ListenerInfo } from '../native/addon.js';
import type { PassedDescriptor } from './passed.js';
import { readStoredName } from './stored.js';

export interface ActivatedSocket {
  fd: number;
  info: ListenerInfo;
  /**
   * Can other workers bind the same address beside it: it has SO_REUSEPORT (`ReusePort=yes`) and this process's user.
   * Otherwise all workers accept from this one.
   */
  joinable: boolean;
}

export class ActivatedSockets {
  readonly #sockets: ActivatedSocket[];
  readonly #addon: Addon;

  constructor(addon: Addon, passed: readonly PassedDescriptor[], uid: number) {
    this.#addon = addon;
    const own = passed.filter(({ name }) => readStoredName(name) === null);
    this.#sockets = own.flatMap(({ fd }) => {
      const info = listenerOf(addon, fd);
      if (info === null) return [];
      // The inode of a socket has the user that made it, which the kernel compares.
      const joinable = addon.reusesPort(fd) && fstatSync(fd).uid === uid;
      return [{ fd, info, joinable }];
    });
  }

  /** A duplicate of the socket for what a worker of that slot asked for; null when there is none for it. */
  take(target: ListenTarget, slot: number): { fd: number; shared: boolean } | null {
    const socket = this.#sockets.find(({ info }) => isFor(target, info));
    if (socket === undefined || (socket.joinable && slot !== 0)) return null;
    return { fd: this.#addon.dup(socket.fd), shared: !socket.joinable };
  }

  has(inode: number): boolean {
    return this.#sockets.some(({ info }) => info.inode === inode);
  }
}

/**
 * Does a socket unit that listens there mean what the program asks for. Never for a path: its file is systemd's, and ours
 * would be removed at the end. Pure.
 */
export function isFor(target: ListenTarget, { family, address, port }: ListenerInfo): boolean {
  if (target.kind === 'unix' || family === 'unix' || target.port !== port) return false;
  if (target.address === null) return address === '::' || address === '0.0.0.0';
  return target.address.toLowerCase() === address.toLowerCase();
}

function listenerOf(addon: Addon, fd: number): ListenerInfo | null {
  try {
    const info = addon.listenerInfo(fd);
    return info.listening ? info : null;
  } catch {
    // A pipe, a file, a datagram socket: not for us.
    return null;
  }
}
