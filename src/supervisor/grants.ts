/** Who may bind what: answers the workers' `listen` requests, one at a time for each port. */
import type { ListenTarget, ToMaster, ToWorker } from '../channel/messages.js';
import type { ErrorCode } from '../errors.js';
import { bindTarget } from '../listener/bind-target.js';
import type { Addon, ListeningSocket, SystemError } from '../native/addon.js';
import { addressOf, boundAddressOf, collide, formatAddress, keyOf, type BoundAddress } from './address.js';
import { explainBindFailure } from './bind-failure.js';
import { explainShortage } from './exit-reason.js';
import { type Custody, type CustodyEntry, SHARED_SLOT } from './custody.js';

export interface Asker {
  worker: number;
  slot: number;
  send(message: ToWorker, fds?: readonly number[]): boolean;
}

export interface GrantOptions {
  /** Share the address with sockets that are not ours. */
  join: boolean;
  /** The workers are another user's: one socket uid per group, and that is the master's, which makes the TCP listeners. */
  bindsForWorkers: boolean;
  /** Has a worker been ready: then a stranger on an address of ours is no reason to be fewer there. It is warned of. */
  isServing(): boolean;
  describeHolders(inode: number, uid: number): string;
  /** Is a socket that is not in custody no stranger's all the same. */
  isOurs(inode: number): boolean;
  /** A socket that this process was started with, for that slot; its descriptor is taken over. */
  activated(target: ListenTarget, slot: number): { fd: number; shared: boolean } | null;
  onBound(entry: CustodyEntry): void;
  onRefused(asker: Asker, refusal: Refusal): void;
}

export interface Refusal {
  /** The errno name that the program gets. */
  errno: string;
  code: Extract<ErrorCode, 'ERR_STRANGER' | 'ERR_LISTENER_BIND'>;
  message: string;
}

interface Kept {
  entry: CustodyEntry;
  data: string | null;
}

export interface Group {
  /** What port 0 became. */
  port: number;
  /** The key of the same address with that port. */
  fixedKey: string;
  data: string | null;
}

interface Request {
  asker: Asker;
  id: number;
  key: string;
  target: ListenTarget;
  data: string | null;
  takesAccepted: boolean;
}

const NOT_ARRIVED: Refusal = {
  errno: 'EMFILE',
  code: 'ERR_LISTENER_BIND',
  message: "the listener did not arrive: too many open files. Raise the limit: ulimit -n, systemd's LimitNOFILE.",
};

type ListenMessage = Extract<ToMaster, { type: 'listen' }>;

export class Grants {
  readonly #addon: Addon;
  readonly #custody: Custody;
  readonly #options: GrantOptions;
  readonly #groups = new Map<string, Group>();
  /** By lane: the request that is being bound, first, and those that wait for it. */
  readonly #lanes = new Map<string, Request[]>();

  constructor(addon: Addon, custody: Custody, options: GrantOptions) {
    this.#addon = addon;
    this.#custody = custody;
    this.#options = options;
  }

  listen(asker: Asker, message: ListenMessage): void {
    const { id, target, data, takesAccepted } = message;
    const request = { asker, id, key: this.#keyOf(target), target, data, takesAccepted };
    const lane = laneOf(request);
    const waiting = this.#lanes.get(lane);
    if (waiting !== undefined) {
      waiting.push(request);
      return;
    }
    this.#lanes.set(lane, [request]);
    this.#decide(request, lane);
  }

  /** What is known of each address, by key. */
  get groups(): [key: string, group: Group][] {
    return [...this.#groups];
  }

  restoreGroups(groups: readonly [key: string, group: Group][]): void {
    for (const [key, group] of groups) this.#groups.set(key, group);
  }

  /** A listener that was granted by another master: what it was asked for as, and the data of its group. */
  restore(target: ListenTarget, key: string, port: number, data: string | null): void {
    const fixedKey = target.kind === 'tcp' ? keyOf({ ...target, port }) : key;
    this.#groups.set(key, this.#groups.get(key) ?? { port, fixedKey, data });
  }

  /** The listener has been bound: custody takes the dup. */
  bound(worker: number, id: number, fd: number | undefined): void {
    const found = this.#current(worker, id);
    if (found === undefined || fd === undefined) {
      if (fd !== undefined) this.#addon.close(fd);
      if (found !== undefined) this.#refuse(found.request, NOT_ARRIVED);
      return this.#next(found?.lane);
    }
    const { request, lane } = found;
    const kept = this.#keep(request, fd);
    if ('errno' in kept) this.#refuse(request, kept);
    else request.asker.send({ type: 'kept', id, data: kept.data });
    this.#next(lane);
  }

  /** Takes `fd` into custody, and into the group of its address, where it begins to listen. */
  #keep(request: Request, fd: number): Kept | Refusal {
    const { asker, key, target, data, takesAccepted } = request;
    const wrong = this.#whyNotKept(request, fd);
    if (wrong !== null) {
      this.#addon.close(fd);
      return wrong;
    }
    const slot = target.kind === 'unix' ? SHARED_SLOT : asker.slot;
    const ipv6Only = target.kind === 'tcp' && target.ipv6Only;
    const entry = this.#custody.keep(slot, key, fd, { ipv6Only, takesAccepted }, asker.worker);
    try {
      // The worker, which sets its own backlog, must listen after this.
      this.#options.onBound(entry);
    } catch (error) {
      // Between bind(2) and listen(2) a socket with SO_REUSEADDR, of whichever user, may have been first.
      this.#custody.drop(entry);
      return this.#explain(request, (error as SystemError).code, (error as SystemError).message);
    }
    this.restore(target, key, entry.info.port, data);
    return { entry, data: this.#groups.get(key)?.data ?? null };
  }

  /** What a worker hands over may be anything: it must not end the master, nor be taken for something else. */
  #whyNotKept({ target, key }: Request, fd: number): Refusal | null {
    let what: string;
    try {
      const { family } = this.#addon.listenerInfo(fd);
      if ((family === 'unix') === (target.kind === 'unix')) return null;
      what = `a socket of family ${family}`;
    } catch (error) {
      what = (error as SystemError).message;
    }
    const message = `${key}: the worker handed over no listener: ${what}`;
    return { errno: 'EINVAL', code: 'ERR_LISTENER_BIND', message };
  }

  bindFailed(worker: number, id: number, code: string, message: string): void {
    const found = this.#current(worker, id);
    if (found === undefined) return;
    this.#options.onRefused(found.request.asker, this.#explain(found.request, code, message));
    this.#next(found.lane);
  }

  #explain({ target }: Request, errno: string, message: string): Refusal {
    const explained = explainBindFailure(this.#addon, errno, message, target);
    return { errno, code: 'ERR_LISTENER_BIND', message: explained };
  }

  /** The worker is gone: its requests are void. */
  askerGone(worker: number): void {
    for (const [lane, requests] of this.#lanes) {
      const first = requests[0];
      const left = requests.filter(({ asker }) => asker.worker !== worker);
      if (first?.asker.worker !== worker) this.#lanes.set(lane, left);
      else {
        this.#lanes.set(lane, [first, ...left]);
        this.#next(lane);
      }
    }
  }

  /** Forgets what port 0 became where no listener is left. */
  forgetUnused(): void {
    const used = new Set(this.#custody.all().map(({ key }) => key));
    for (const key of this.#groups.keys()) if (!used.has(key)) this.#groups.delete(key);
  }

  /** A program that finds a free port with port 0 and then listens on it by number goes on with the same listener. */
  #keyOf(target: ListenTarget): string {
    const plain = keyOf(target);
    for (const [key, { fixedKey }] of this.#groups) if (fixedKey === plain) return key;
    return plain;
  }

  #decide(request: Request, lane: string): void {
    const { asker, id, key, target } = request;
    const group = this.#groups.get(key);
    const port = target.kind === 'unix' ? 0 : group?.port || target.port;
    const wanted = port === 0 ? null : boundAddressOf(target, port);
    const kept = this.#kept(request) ?? this.#activate(request);
    const obstacle =
      wanted === null
        ? null
        : (this.#collision(request, wanted) ?? (this.#mayShare(key, kept) ? null : this.#stranger(wanted)));
    if (obstacle !== null) this.#refuse(request, obstacle);
    else if (kept !== undefined) {
      kept.file?.restore();
      const adopted = asker.send({ type: 'adopt', id, key, data: group?.data ?? null }, [kept.fd]);
      if (adopted) {
        kept.holders.add(asker.worker);
        kept.takesAccepted = request.takesAccepted;
      }
    } else if (this.#options.bindsForWorkers && target.kind === 'tcp') this.#bindFor(request, target, port);
    else if (asker.send({ type: 'bind', id, key, port })) return;
    this.#next(lane);
  }

  #bindFor(request: Request, target: Extract<ListenTarget, { kind: 'tcp' }>, port: number): void {
    let fd: number;
    try {
      fd = bindTarget(this.#addon, target.address, port, target.ipv6Only);
    } catch (error) {
      const { code, message } = error as SystemError;
      return this.#refuse(request, this.#explain(request, code, message));
    }
    const kept = this.#keep(request, fd);
    if ('errno' in kept) return this.#refuse(request, kept);
    request.asker.send({ type: 'adopt', id: request.id, key: request.key, data: kept.data }, [kept.entry.fd]);
  }

  /** The slot's own, or one that all share. */
  #kept({ asker, key }: Request): CustodyEntry | undefined {
    return this.#custody.find(asker.slot, key) ?? this.#custody.find(SHARED_SLOT, key);
  }

  /** From the sockets that this process was started with. */
  #activate({ asker, key, target, data, takesAccepted }: Request): CustodyEntry | undefined {
    const socket = this.#options.activated(target, asker.slot);
    if (socket === null) return undefined;
    const slot = socket.shared ? SHARED_SLOT : asker.slot;
    const ipv6Only = target.kind === 'tcp' && target.ipv6Only;
    const entry = this.#custody.keep(slot, key, socket.fd, { ipv6Only, takesAccepted }, null);
    this.restore(target, key, entry.info.port, data);
    this.#options.onBound(entry);
    return entry;
  }

  /** Of the asker's own listeners only: another worker may be trying an address that it gives up again, or run other code. */
  #collision({ asker, key }: Request, wanted: BoundAddress): Refusal | null {
    const collision = this.#tcpEntries().find((entry) => {
      return entry.key !== key && entry.holders.has(asker.worker) && collide(wanted, addressOf(entry));
    });
    if (collision === undefined) return null;
    const message = `${formatAddress(wanted)}: this program listens on ${formatAddress(addressOf(collision))} already`;
    return { errno: 'EADDRINUSE', code: 'ERR_LISTENER_BIND', message };
  }

  /** Adopting adds nothing to a group; nor do more of ours make a difference where strangers have joined already. */
  #mayShare(key: string, kept: CustodyEntry | undefined): boolean {
    if (this.#options.join || kept !== undefined) return true;
    return this.#options.isServing() && this.#custody.all().some((entry) => entry.key === key);
  }

  /** A socket that is not ours on the address; null when there is none. */
  #stranger(wanted: BoundAddress): Refusal | null {
    const inodes = new Set(this.#tcpEntries().map(({ info }) => info.inode));
    let sockets: ListeningSocket[];
    try {
      sockets = this.#addon.listeningSockets(wanted.port);
    } catch (error) {
      // EMFILE and its like: refused rather than shared unseen.
      const { code, message } = error as SystemError;
      const why = `${formatAddress(wanted)}: its listeners cannot be looked up: ${explainShortage(message)}.`;
      return { errno: code, code: 'ERR_LISTENER_BIND', message: why };
    }
    const isOurs = ({ inode }: ListeningSocket) => inodes.has(inode) || this.#options.isOurs(inode);
    const stranger = sockets.find((socket) => collide(wanted, socket) && !isOurs(socket));
    return stranger === undefined ? null : this.#describe(wanted, stranger);
  }

  #tcpEntries(): CustodyEntry[] {
    return this.#custody.all().filter((entry) => entry.info.family !== 'unix');
  }

  #describe(wanted: BoundAddress, stranger: ListeningSocket): Refusal {
    const who = this.#options.describeHolders(stranger.inode, stranger.uid);
    const where = formatAddress(stranger);
    const message =
      `${formatAddress(wanted)} is taken: ${who} listens on ${where}. ` +
      'Stop it, use another port, or share the port with it on purpose: --join.';
    return { errno: 'EADDRINUSE', code: 'ERR_STRANGER', message };
  }

  #refuse({ asker, id }: Request, refusal: Refusal): void {
    asker.send({ type: 'refuse', id, code: refusal.errno, message: refusal.message });
    this.#options.onRefused(asker, refusal);
  }

  #current(worker: number, id: number): { request: Request; lane: string } | undefined {
    for (const [lane, [request]] of this.#lanes) {
      if (request?.asker.worker === worker && request.id === id) return { request, lane };
    }
    return undefined;
  }

  #next(lane: string | undefined): void {
    if (lane === undefined) return;
    const [, ...left] = this.#lanes.get(lane) ?? [];
    const [first] = left;
    if (first === undefined) {
      this.#lanes.delete(lane);
      return;
    }
    this.#lanes.set(lane, left);
    this.#decide(first, lane);
  }
}

/** Requests of one lane wait for each other: the second must see what the first has bound. */
function laneOf({ key, target }: Request): string {
  return target.kind === 'tcp' && target.port !== 0 ? `port:${target.port}` : key;
}
