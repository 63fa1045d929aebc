/**
 * Every message between master and worker, in one place. JSON over SOCK_SEQPACKET; a descriptor travels beside a message
 * as SCM_RIGHTS where the comment says "+ fd".
 */

/** Raised when the meaning of a message changes; a peer with another number is refused by name. */
export const PROTOCOL_VERSION = 2;

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
  loopUtilization: number;
}

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
}

export type ToWorker =
  /** First message, already in the socket when the worker starts. + fds of the state page and its wake descriptor */
  | {
      type: 'welcome';
      version: number;
      slot: number;
      generation: number;
      /** The master's pid: a process with another parent is not the worker this channel was made for. */
      masterPid: number;
      /** Is the page a BPF map, which the kernel's program counts in. */
      pageInKernel: boolean;
      settings: WorkerSettings;
    }
  /**
   * Answer to `listen`: this slot's listener lives already. `data` is what the first server on this key gave along
   * (TLS ticket keys), to be taken over. + fd
   */
  | { type: 'adopt'; id: number; key: string; data: string | null }
  /** Answer to `listen`: bind it, then say `bound` or `bind-failed`. */
  | { type: 'bind'; id: number; key: string; port: number }
  /** Answer to `listen`: it would collide. `code` is an errno name. */
  | { type: 'refuse'; id: number; code: string; message: string }
  /** Answer to `bound`: the dup is in custody. `data` as in `adopt`. */
  | { type: 'kept'; id: number; data: string | null }
  | { type: 'drain'; reason: DrainReason; graceMs: number }
  /** Accept at most `max` connections from another slot's listener of that key, once, and serve them. + fd */
  | { type: 'steal'; id: number; key: string; max: number }
  | { type: 'stats-request'; id: number };

export type ToMaster =
  | { type: 'hello'; version: number; pid: number; slot: number; generation: number; node: string }
  | { type: 'listen'; id: number; target: ListenTarget; data: string | null }
  /** The listener is bound. + fd */
  | { type: 'bound'; id: number; key: string }
  | { type: 'bind-failed'; id: number; key: string; code: string; message: string }
  /** The program (or a drain that ends the slot) closed this listener; custody must let go too. */
  | { type: 'closed'; key: string }
  | { type: 'ready' }
  /** The program asked to be replaced (`cluster.worker.disconnect()`). */
  | { type: 'retire' }
  | { type: 'stolen'; id: number; connections: number }
  | { type: 'stats'; id: number; stats: WorkerStats }
  | { type: 'warning'; code: string; message: string };

type FieldKind = 'string' | 'number' | 'boolean' | 'object' | 'string?';

type Shape<M extends { type: string }> = { [T in M['type']]: Record<string, FieldKind> };

const toWorkerShape: Shape<ToWorker> = {
  welcome: {
    version: 'number',
    slot: 'number',
    generation: 'number',
    masterPid: 'number',
    pageInKernel: 'boolean',
    settings: 'object',
  },
  adopt: { id: 'number', key: 'string', data: 'string?' },
  bind: { id: 'number', key: 'string', port: 'number' },
  refuse: { id: 'number', code: 'string', message: 'string' },
  kept: { id: 'number', data: 'string?' },
  drain: { reason: 'string', graceMs: 'number' },
  steal: { id: 'number', key: 'string', max: 'number' },
  'stats-request': { id: 'number' },
};

const toMasterShape: Shape<ToMaster> = {
  hello: { version: 'number', pid: 'number', slot: 'number', generation: 'number', node: 'string' },
  listen: { id: 'number', target: 'object', data: 'string?' },
  bound: { id: 'number', key: 'string' },
  'bind-failed': { id: 'number', key: 'string', code: 'string', message: 'string' },
  closed: { key: 'string' },
  ready: {},
  retire: {},
  stolen: { id: 'number', connections: 'number' },
  stats: { id: 'number', stats: 'object' },
  warning: { code: 'string', message: 'string' },
};

/** A message that cannot be understood: from another version, or damaged. Carries what was received, cut. */
export class MessageError extends Error {
  override name = 'MessageError';
}

export function encode(message: ToWorker | ToMaster): string {
  return JSON.stringify(message);
}

export function decodeToWorker(data: Buffer): ToWorker {
  return decode(data, toWorkerShape) as ToWorker;
}

export function decodeToMaster(data: Buffer): ToMaster {
  return decode(data, toMasterShape) as ToMaster;
}

function decode(data: Buffer, shapes: Record<string, Record<string, FieldKind>>): unknown {
  let value: unknown;
  try {
    value = JSON.parse(data.toString());
  } catch (cause) {
    throw new MessageError(`not JSON: ${excerpt(data)}`, { cause });
  }
  if (typeof value !== 'object' || value === null) throw new MessageError(`not an object: ${excerpt(data)}`);
  const fields = value as Record<string, unknown>;
  const type = fields['type'];
  const shape = typeof type === 'string' && Object.hasOwn(shapes, type) ? shapes[type] : undefined;
  if (shape === undefined) throw new MessageError(`unknown type: ${excerpt(data)}`);
  for (const [name, kind] of Object.entries(shape)) {
    if (!matches(fields[name], kind))
      throw new MessageError(`${String(type)}.${name}: not a ${kind}: ${excerpt(data)}`);
  }
  return value;
}

function matches(value: unknown, kind: FieldKind): boolean {
  if (kind === 'object') return typeof value === 'object' && value !== null;
  if (kind === 'string?') return value === null || typeof value === 'string';
  return typeof value === kind;
}

function excerpt(data: Buffer): string {
  return data.toString('utf8', 0, 200);
}
