/**
 * Every message between master and worker, in one place. JSON over SOCK_SEQPACKET; a descriptor travels beside a message
 * as SCM_RIGHTS where the comment says "+ fd".
 */
import type { AccessFormat } from '../worker/access-line.js';
import { decode, type Shape } from './decode.js';

/** Raised when the meaning of a message changes; a peer with another number is refused by name. */
export const PROTOCOL_VERSION = 5;

/** What a server asked to listen on. */
export type ListenTarget =
  | {
      kind: 'tcp';
      /** Literal address; null is Node's "unspecified": `::` dual-stack, else `0.0.0.0`. */
      address: string | null;
      port: number;
      ipv6Only: boolean;
      /** How many port-0 listens on this address the worker made before: what matches port 0 across workers. */
      ordinal: number;
    }
  | { kind: 'unix'; path: string };

export interface WorkerStats {
  requests: number;
  openConnections: number;
  accepted: number;
  /** Connections that came when there were as many as there may be. Workers of older versions do not tell. */
  refused?: number;
  loopUtilization: number;
}

/** A worker that connections may be handed over to. */
export interface Receiver {
  slot: number;
  openConnections: number;
}

/** One that takes a part of a loop's load over. */
export interface Relief extends Receiver {
  /** Of the requests that the giver serves, above 0 and below 1. */
  part: number;
}

/** Why connections are handed over: their worker drains, or has more to do than others. */
export type HandoverReason = 'drain' | 'share';

export type DrainReason = 'reload' | 'stop' | 'scale' | 'orphan';

export interface WorkerSettings {
  name: string;
  /** Backlog to use when the program names none; with `backlogForced`, always. */
  backlogConnections: number;
  backlogForced: boolean;
  /** Overrides keepAliveTimeout of HTTP servers; null leaves what the program sets. */
  keepAliveMs: number | null;
  /** Where a default export is served; null when nobody said. A null host is Node's "unspecified". */
  bind: { host: string | null; port: number } | null;
  gracefulTimeoutMs: number;
  /** Where the worker listens for another master: an abstract name, to be completed by its pid. */
  doorPrefix: string;
  /** How long a worker serves without a master before it drains. */
  orphanGraceMs: number;
  /** null: there is none. `toFile`: its descriptor is the last that comes with the welcome. */
  accessLog: { format: AccessFormat; toFile: boolean } | null;
  /** That a worker may have open; 0: no limit. */
  maxConnections: number;
  /** Of which each slot has one to run on; null: it runs on any. */
  processors: readonly number[] | null;
}

export type ToWorker =
  /**
   * First message, already in the socket when the worker starts. + fds of the state page and its wake descriptor, and the
   * socket of the stack witness where there is to be one
   */
  | {
      type: 'welcome';
      version: number;
      /** -1 for a spare, which gets its slot by `assign`. */
      slot: number;
      generation: number;
      /** The master's pid: a process with another parent is not the worker this channel was made for. */
      masterPid: number;
      settings: WorkerSettings;
    }
  /** This master leaves, as the next thing; another comes within that time, whatever the orphan grace is. */
  | { type: 'await-master'; withinMs: number }
  /** Answer to `register`, of a master that takes this worker over. + fds of its state page and its wake descriptor */
  | { type: 'take-over'; orphanGraceMs: number }
  /**
   * Answer to `listen`: this slot's listener lives already, or the master has made it. `data` is what the first server on
   * this key gave along (TLS ticket keys), to be taken over. + fd
   */
  | { type: 'adopt'; id: number; key: string; data: string | null }
  /** To a spare that waits in its first `listen`: that is its slot now; the answer follows. */
  | { type: 'assign'; slot: number }
  /** Answer to `listen`: bind it, then say `bound` or `bind-failed`. */
  | { type: 'bind'; id: number; key: string; port: number }
  /** Answer to `listen`: it would collide. `code` is an errno name. */
  | { type: 'refuse'; id: number; code: string; message: string }
  /** Answer to `bound`: the dup is in custody. `data` as in `adopt`. */
  | { type: 'kept'; id: number; data: string | null }
  /** Idle connections go to the receivers, each on the line of the same position. + fds of the lines (see handover) */
  | { type: 'drain'; reason: DrainReason; graceMs: number; receivers: Receiver[] }
  /**
   * Hand busy connections over that carry these parts of the load, each on the line of the same position; `shared` follows.
   * + fds of the lines
   */
  | { type: 'share'; id: number; reliefs: Relief[] }
  /** The worker of slot `from` hands connections over on this line. + fd */
  | { type: 'receive'; from: number; because: HandoverReason }
  /** Accept at most `max` connections from another slot's listener of that key, once, and serve them. + fd */
  | { type: 'steal'; id: number; key: string; max: number }
  /** What it has opened for logs has other files behind it now. + fds of what it prints to and of the access log, where true */
  | { type: 'logs'; output: boolean; access: boolean }
  /** Nothing is asked but a turn of the loop, which the row then shows and at whose end it is counted anew. */
  | { type: 'nudge' }
  | { type: 'stats-request'; id: number };

/** The id of figures that nobody has asked for: a worker that has drained sends them last. */
export const LAST_STATS = 0;

export type ToMaster =
  /** `tid`: the kernel's number of the loop's thread. */
  | { type: 'hello'; version: number; pid: number; tid?: number; slot: number; generation: number; node: string }
  /**
   * To a master that has come to this worker's door. `listeners` messages of type `holds` follow. Until `take-over` comes,
   * nothing has changed.
   */
  | {
      type: 'register';
      version: number;
      /** The kernel's number of its thread, and how many loops its process has. Not told by older versions: one. */
      tid?: number;
      threads?: number;
      slot: number;
      generation: number;
      state: 'ready' | 'draining';
      listeners: number;
    }
  /** A listener that the worker serves on: what its `listen` said, and the data of its group. + fd */
  | { type: 'holds'; key: string; target: ListenTarget; data: string | null; takesAccepted: boolean }
  /** `takesAccepted`: its server can be given a connection that was accepted elsewhere. */
  | { type: 'listen'; id: number; target: ListenTarget; data: string | null; takesAccepted: boolean }
  /** The listener is bound. + fd */
  | { type: 'bound'; id: number; key: string }
  | { type: 'bind-failed'; id: number; key: string; code: string; message: string }
  /** The program (or a drain that ends the slot) closed this listener; custody must let go too. */
  | { type: 'closed'; key: string }
  | { type: 'ready' }
  /** The program asked to be replaced (`cluster.worker.disconnect()`). */
  | { type: 'retire' }
  | { type: 'stolen'; id: number; connections: number }
  /** A line has ended on which so many connections were handed over to this worker, the last after `tookMs`. */
  | { type: 'received'; from: number; because: HandoverReason; connections: number; tookMs: number }
  /** Answer to `share`: so many connections have left. */
  | { type: 'shared'; id: number; connections: number }
  /** So many connections were still open at the end of the grace period. */
  | { type: 'ended'; connections: number }
  | { type: 'stats'; id: number; stats: WorkerStats }
  | { type: 'warning'; code: string; message: string };

const toWorkerShape: Shape<ToWorker> = {
  welcome: {
    version: 'number',
    slot: 'number',
    generation: 'number',
    masterPid: 'number',
    settings: 'object',
  },
  'await-master': { withinMs: 'number' },
  'take-over': { orphanGraceMs: 'number' },
  adopt: { id: 'number', key: 'string', data: 'string?' },
  assign: { slot: 'number' },
  bind: { id: 'number', key: 'string', port: 'number' },
  refuse: { id: 'number', code: 'string', message: 'string' },
  kept: { id: 'number', data: 'string?' },
  drain: { reason: 'string', graceMs: 'number', receivers: 'object' },
  share: { id: 'number', reliefs: 'object' },
  receive: { from: 'number', because: 'string' },
  steal: { id: 'number', key: 'string', max: 'number' },
  logs: { output: 'boolean', access: 'boolean' },
  nudge: {},
  'stats-request': { id: 'number' },
};

const toMasterShape: Shape<ToMaster> = {
  hello: { version: 'number', pid: 'number', slot: 'number', generation: 'number', node: 'string' },
  register: { version: 'number', slot: 'number', generation: 'number', state: 'string', listeners: 'number' },
  holds: { key: 'string', target: 'target', data: 'string?', takesAccepted: 'boolean' },
  listen: { id: 'number', target: 'target', data: 'string?', takesAccepted: 'boolean' },
  bound: { id: 'number', key: 'string' },
  'bind-failed': { id: 'number', key: 'string', code: 'string', message: 'string' },
  closed: { key: 'string' },
  ready: {},
  retire: {},
  stolen: { id: 'number', connections: 'number' },
  received: { from: 'number', because: 'string', connections: 'number', tookMs: 'number' },
  shared: { id: 'number', connections: 'number' },
  ended: { connections: 'number' },
  stats: { id: 'number', stats: 'figures' },
  warning: { code: 'string', message: 'string' },
};

export function decodeToWorker(data: Buffer): ToWorker {
  return decode(data, toWorkerShape) as ToWorker;
}

export function decodeToMaster(data: Buffer): ToMaster {
  return decode(data, toMasterShape) as ToMaster;
}
