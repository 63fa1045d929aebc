/** Who may bind what: answers the workers' `listen` requests, one at a time for each port. */
import type { ListenTarget, ToMaster, ToWorker } from '../channel/messages.js';
import type { ErrorCode } from '../errors.js';
import type { Addon, ListeningSocket, SystemError } from '../native/addon.js';
import { boundAddressOf, collide, formatAddress, keyOf, type BoundAddress } from './address.js';
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
  describeHolders(inode: number, uid: number): string;
  onBound(entry: CustodyEntry): void;
  onRefused(asker: Asker, refusal: Refusal): void;
}

export interface Refusal {
  /** The errno name that the program gets. */
  errno: string;
  code: Extract<ErrorCode, 'ERR_STRANGER' | 'ERR_LISTENER_BIND'>;
  message: string;
}

interface Group {
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
    const { id, target, data } = message;
    const request = { asker, id, key: this.#keyOf(target), target, data };
    const lane = laneOf(request);
    const waiting = this.#lanes.get(lane);
    if (waiting !== undefined) {
      waiting.push(request);
      return;
    }
    this.#lanes.set(lane, [request]);
    this.#decide(request, lane);
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
    const { asker, key, target } = request;
    const slot = target.kind === 'unix' ? SHARED_SLOT : asker.slot;
    const entry = this.#custody.keep(slot, key, fd, target.kind === 'tcp' && target.ipv6Only, worker);
    const { port } = entry.info;
    const fixedKey = target.kind === 'tcp' ? keyOf({ ...target, port }) : key;
    const group = this.#groups.get(key) ?? { port, fixedKey, data: request.data };
    this.#groups.set(key, group);
    // It begins to listen here; the worker, which sets its own backlog, must do so after it.
    this.#options.onBound(entry);
    asker.send({ type: 'kept', id, data: group.data });
    this.#next(lane);
  }

  bindFailed(worker: number, id: number, code: string, message: string): void {
    const found = this.#current(worker, id);
    if (found === undefined) return;
    const { asker, target } = found.request;
    const explained = explainBindFailure(this.#addon, code, message, target);
    this.#options.onRefused(asker, { errno: code, code: 'ERR_LISTENER_BIND', message: explained });
    this.#next(found.lane);
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
    const kept = this.#custody.find(target.kind === 'unix' ? SHARED_SLOT : asker.slot, key);
    const obstacle =
      wanted === null
        ? null
        : (this.#collision(request, wanted) ?? (kept === undefined ? this.#stranger(wanted) : null));
    if (obstacle !== null) this.#refuse(request, obstacle);
    else if (kept !== undefined) {
      kept.file?.restore();
      if (asker.send({ type: 'adopt', id, key, data: group?.data ?? null }, [kept.fd])) kept.holders.add(asker.worker);
    } else if (asker.send({ type: 'bind', id, key, port })) return;
    this.#next(lane);
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

  /** A socket that is not ours on the address; null when there is none, or it is to be shared. */
  #stranger(wanted: BoundAddress): Refusal | null {
    if (this.#options.join) return null;
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
    const stranger = sockets.find((socket) => !inodes.has(socket.inode) && collide(wanted, socket));
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

function addressOf({ info, ipv6Only }: CustodyEntry): BoundAddress {
  return { family: info.family === 'IPv6' ? 'IPv6' : 'IPv4', address: info.address, port: info.port, ipv6Only };
}
