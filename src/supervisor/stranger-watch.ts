/**
 * Sockets that are not ours on our addresses. A port is looked at before it is bound, but with SO_REUSEPORT any process of
 * the same user may join it later, without a word from the kernel. So it is looked at again: whenever a listener comes or
 * goes, at a reload, for the status, and every ten seconds (one sock_diag dump per port, some 30 µs).
 */
import type { Addon, ListeningSocket } from '../native/addon.js';
import type { Logger } from '../observe/log.js';
import { addressOf, type BoundAddress, collide, formatAddress } from './address.js';
import type { CustodyEntry } from './custody.js';
import type { Os } from './os.js';
import { describeHolders, holdersOfSocket } from './strangers.js';

const INTERVAL_MS = 10_000;

export interface Stranger {
  /** null where this user cannot see who holds the socket. */
  pid: number | null;
  command: string | null;
  inode: number;
  uid: number;
  /** `127.0.0.1:80`: another one than ours when it takes a part of our address. */
  address: string;
  /** Do new connections go to it. */
  served: boolean;
}

export interface StrangerHost {
  /** The listeners in custody, unix-domain ones included. */
  entries(): CustodyEntry[];
  /** Is a socket ours although it is not in custody. */
  isOurs(inode: number): boolean;
  /** Which strangers the kernel's group of that address has; called at each look, also when nothing has changed. */
  onMembers(key: string, inodes: ReadonlySet<number>): void;
  /** Are strangers in the group of that address kept from its connections. */
  keepsOut(key: string): boolean;
}

interface Found {
  socket: ListeningSocket;
  /** In the same kernel group as ours, and not only on an address that overlaps it. */
  member: boolean;
}

export class StrangerWatch {
  readonly #addon: Addon;
  readonly #log: Logger;
  /** Are others there on purpose: then they are listed, and no warning is given. */
  readonly #join: boolean;
  readonly #host: StrangerHost;
  readonly #found = new Map<string, Found[]>();
  readonly #named = new Set<number>();
  /** Ends the looks every ten seconds. */
  readonly stop: () => void;

  constructor(addon: Addon, os: Os, log: Logger, join: boolean, host: StrangerHost) {
    this.#addon = addon;
    this.#log = log;
    this.#join = join;
    this.#host = host;
    this.stop = os.every(INTERVAL_MS, () => this.look());
  }

  /** Looks, and says of each stranger once that it is there. */
  look(): void {
    const entries = this.#host.entries().filter(({ info }) => info.family !== 'unix');
    const own = new Set(entries.map(({ info }) => info.inode));
    const groups = new Map(entries.map((entry) => [entry.key, addressOf(entry)]));
    const sockets = this.#socketsOf(new Set([...groups.values()].map(({ port }) => port)));
    if (sockets === null) return;
    this.#found.clear();
    const present = new Set(sockets.map(({ inode }) => inode));
    for (const inode of this.#named) if (!present.has(inode)) this.#named.delete(inode);
    const strange = sockets.filter(({ inode }) => own.has(inode) || !this.#host.isOurs(inode));
    for (const [key, address] of groups) {
      const found = findStrangers(address, own, strange);
      this.#found.set(key, found);
      this.#host.onMembers(key, new Set(found.filter(({ member }) => member).map(({ socket }) => socket.inode)));
      for (const each of found) this.#name(key, address, each);
    }
  }

  /** As they were at the last look; who holds them is looked up now. */
  of(key: string): Stranger[] {
    return (this.#found.get(key) ?? []).map(({ socket, member }) => {
      const { inode, uid } = socket;
      const [holder] = holdersOfSocket(inode);
      const served = !member || !this.#host.keepsOut(key);
      const address = formatAddress(socket);
      return { pid: holder?.pid ?? null, command: holder?.command ?? null, inode, uid, address, served };
    });
  }

  /** How many there were at the last look. */
  count(key: string): number {
    return this.#found.get(key)?.length ?? 0;
  }

  #socketsOf(ports: ReadonlySet<number>): ListeningSocket[] | null {
    try {
      return [...ports].flatMap((port) => this.#addon.listeningSockets(port));
    } catch (error) {
      // EMFILE and its like: the next look tells.
      this.#log.debug({ event: 'strangers-unknown' }, `strangers: ${(error as Error).message}`);
      return null;
    }
  }

  #name(key: string, address: BoundAddress, { socket, member }: Found): void {
    if (this.#join || this.#named.has(socket.inode)) return;
    this.#named.add(socket.inode);
    const where = formatAddress(socket);
    const message =
      `${describeHolders(socket.inode, socket.uid)} listens on ${where} too, beside us on ${formatAddress(address)}: ` +
      `${this.#consequence(key, where, member)}. Stop it, or share the port with it on purpose: --join.`;
    const fields = { event: 'stranger', code: 'ERR_STRANGER', inode: socket.inode, uid: socket.uid };
    this.#log.warn(fields, message);
  }

  #consequence(key: string, where: string, member: boolean): string {
    if (!member) return `connections to ${where} go to it`;
    return this.#host.keepsOut(key) ? 'steering keeps connections from it' : 'it gets a share of the connections';
  }
}

/** Pure: those of `sockets` that are not our own, and stand on `address` or on a part of it. */
export function findStrangers(
  address: BoundAddress,
  own: ReadonlySet<number>,
  sockets: readonly ListeningSocket[],
): Found[] {
  return sockets
    .filter((socket) => !own.has(socket.inode) && collide(address, socket))
    .map((socket) => ({ socket, member: isSameGroup(address, socket) }));
}

/** The kernel's rule, but for the uid: another user's socket cannot be there (net/ipv4/inet_connection_sock.c). */
function isSameGroup(ours: BoundAddress, theirs: ListeningSocket): boolean {
  return (
    ours.family === theirs.family &&
    ours.address === theirs.address &&
    ours.port === theirs.port &&
    ours.ipv6Only === theirs.ipv6Only &&
    // A link-local address is bound to its interface anyway, and has it in its text.
    (theirs.interfaceIndex === 0 || theirs.address.includes('%'))
  );
}
