/** What the master tells a page about the service, once a second: figures as they are, rates are for the page to work out. */

export type SlotState = 'starting' | 'ready' | 'draining' | 'stuck' | 'backoff' | 'exited';

export interface SlotSnapshot {
  slot: number;
  state: SlotState;
  /** Of the worker that serves, else of the one that comes or goes; null: there is none. */
  pid: number | null;
  generation: number | null;
  startedAtMs: number | null;
  /** Former workers of the slot that finish their work. */
  draining: number;
  /** Share of time in which the loop ran or waited for a processor, 0 to 1; null: not known yet. */
  busyShare: number | null;
  /** How long the loop has been in its present turn; 0: it waits for work. */
  turnMs: number;
  longestTurnMs: number;
  /** Turns of the loop since the worker serves. */
  turns: number;
  /** Does a signal, or a debugger, keep the worker from running. */
  isStopped: boolean;
  /** Since the worker serves. */
  accepted: number;
  requests: number;
  open: number;
  /** On all addresses. */
  queued: number;
  queueLimit: number;
  drops: number;
  rssBytes: number | null;
  restarts: number;
  /** Until the next worker is started; 0: none is held back. */
  backoffMs: number;
  /** Workers that have ended, by why. */
  exits: Readonly<Record<string, number>>;
}

export interface AddressSnapshot {
  address: string;
  readyWorkers: number;
  /** Sockets that are not ours. */
  strangers: number;
}

export interface ReloadSnapshot {
  generation: number;
  complete: boolean;
  endedAtMs: number;
  tookMs: number;
}

export interface Snapshot {
  /** Unix time, as all that ends in `AtMs`. */
  atMs: number;
  name: string;
  version: string;
  /** Of the master. */
  pid: number;
  startedAtMs: number;
  phase: 'running' | 'stopping' | 'stopped';
  generation: number;
  /** Slots that are to serve. */
  wanted: number;
  steer: { asked: string; used: string };
  /** 0 to 1; null: not known yet. */
  saturation: number | null;
  slots: readonly SlotSnapshot[];
  addresses: readonly AddressSnapshot[];
  /** Of sockets that all workers share. */
  sharedQueued: number;
  sharedDrops: number;
  reloadRunning: boolean;
  lastReload: ReloadSnapshot | null;
  counters: {
    reloads: number;
    abortedReloads: number;
    recycles: number;
    rescues: number;
    stolen: number;
    migrated: number;
    handedOver: number;
    rebalanced: number;
  };
  masterRssBytes: number | null;
}
