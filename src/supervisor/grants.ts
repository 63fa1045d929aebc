/** Who may bind what: answers the workers' `listen` requests, one at a time for each port. */
import type { ListenTarget, ToMaster, ToWorker } from '../channel/messages.js';
import type { Addon, ListeningSocket } from '../native/addon.js';
import { boundAddressOf, collide, formatAddress, keyOf, type BoundAddress } from './address.js';
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
  onRefused(asker: Asker, code: string, message: string): void;
}

interface Group {
  /** What port 0 became. */
  port: number;
  data: string | null;
}

interface Request {
  asker: Asker;
  id: number;
  key: string;
  target: ListenTarget;
  data: string | null;
}

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
    const request = { asker, id: message.id, key: keyOf(message.target), target: message.target, data: message.data };
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
      if (found !== undefined)
        this.#refuse(found.request, 'EMFILE', 'the listener did not arrive: too many open files');
      return this.#next(found?.lane);
    }
    const { request, lane } = found;
    const { asker, key, target } = request;
    const slot = target.kind === 'unix' ? SHARED_SLOT : asker.slot;
    const entry = this.#custody.keep(slot, key, fd, target.kind === 'tcp' && target.ipv6Only, worker);
    const group = this.#groups.get(key) ?? { port: entry.info.port, data: request.data };
    this.#groups.set(key, group);
    asker.send({ type: 'kept', id, data: group.data });
    this.#options.onBound(entry);
    this.#next(lane);
  }

  bindFailed(worker: number, id: number, code: string, message: string): void {
    const found = this.#current(worker, id);
    if (found === undefined) return;
    this.#options.onRefused(found.request.asker, code, message);
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

  #decide(request: Request, lane: string): void {
    const { asker, id, key, target } = request;
    const group = this.#groups.get(key);
    const kept = this.#custody.find(target.kind === 'unix' ? SHARED_SLOT : asker.slot, key);
    if (kept !== undefined) {
      if (asker.send({ type: 'adopt', id, key, data: group?.data ?? null }, [kept.fd])) kept.holders.add(asker.worker);
      return this.#next(lane);
    }
    const port = target.kind === 'unix' ? 0 : group?.port || target.port;
    const obstacle = this.#obstacle(target, key, port);
    if (obstacle !== null) {
      this.#refuse(request, 'EADDRINUSE', obstacle);
      return this.#next(lane);
    }
    if (!asker.send({ type: 'bind', id, key, port })) this.#next(lane);
  }

  /** What stands against binding, in words; null when nothing does. */
  #obstacle(target: ListenTarget, key: string, port: number): string | null {
    const wanted = boundAddressOf(target, port);
    if (wanted === null || port === 0) return null;
    const own = this.#custody.all().filter((entry) => entry.info.family !== 'unix');
    const collision = own.find((entry) => entry.key !== key && collide(wanted, addressOf(entry)));
    if (collision !== undefined) return `this program listens on ${formatAddress(addressOf(collision))} already`;
    if (this.#options.join) return null;
    const inodes = new Set(own.map(({ info }) => info.inode));
    const stranger = this.#addon.listeningSockets(port).find((socket) => {
      return !inodes.has(socket.inode) && collide(wanted, socket);
    });
    return stranger === undefined ? null : this.#describe(wanted, stranger);
  }

  #describe(wanted: BoundAddress, stranger: ListeningSocket): string {
    const who = this.#options.describeHolders(stranger.inode, stranger.uid);
    const where = formatAddress(stranger);
    return (
      `${formatAddress(wanted)} is taken: ${who} listens on ${where}. ` +
      'Stop it, use another port, or share the port with it on purpose: --join'
    );
  }

  #refuse({ asker, id }: Request, code: string, message: string): void {
    asker.send({ type: 'refuse', id, code, message });
    this.#options.onRefused(asker, code, message);
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
