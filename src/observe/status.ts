/** What `status --json` prints: stable fields, others may be added. */
import type { WorkerStats } from '../channel/messages.js';
import { SHARED_SLOT, type CustodyEntry } from '../supervisor/custody.js';
import { explainEmptySlot, explainState } from './explain-state.js';
import type { WorkerUser } from '../privilege/worker-user.js';
import { readKernelCounters } from '../supervisor/kernel-counters.js';
import type { LiveChange } from '../supervisor/live-changes.js';
import type { Master } from '../supervisor/master.js';
import { readRssBytes } from '../supervisor/proc.js';
import type { ReloadReport } from '../supervisor/reload-report.js';
import type { Stranger } from '../supervisor/stranger-watch.js';
import { type ExitRecord, NO_SLOT, type SlotRecord, type WorkerRecord, workersOf } from '../supervisor/state.js';

export interface WorkerStatus {
  /** null of a spare. */
  slot: number | null;
  pid: number | null;
  /** Which event loop of its process; 0: the main thread. */
  thread: number;
  generation: number | null;
  state: 'spare' | 'starting' | 'ready' | 'draining' | 'stuck' | 'backoff' | 'exited';
  /** Why the state is what it is, where that is not plain. */
  why: string | null;
  uptimeMs: number | null;
  requests: number | null;
  openConnections: number | null;
  /** Connections accepted by this worker. */
  accepted: number | null;
  /** Connections that came when there were as many as there may be (`--max-connections`). */
  refused: number | null;
  /** Connections that the kernel gave to this slot: accepted and queued. */
  assigned: number | null;
  /** Connections that the kernel's program counts as given to this slot and not yet accepted; null where none counts. */
  pending: number | null;
  /** Of the policy `weighted`; 1 under every other; null of a spare. */
  weight: number | null;
  /** How long the loop has been in its present turn; null where that is not observed. */
  busyMs: number | null;
  /** Share of time that the loop was busy since the last status, 0 to 1. */
  loopUtilization: number | null;
  /** Of its process, which several loops may share. */
  rssBytes: number | null;
  restarts: number;
  lastExit: ExitRecord | null;
}

export interface ListenerStatus {
  address: string;
  port: number;
  family: 'IPv4' | 'IPv6' | 'unix';
  /** `slot` -1: one socket shared by all. */
  slots: { slot: number; inode: number; queued: number; backlog: number; drops: number }[];
  /** The policy in force on this address; `none` for a unix-domain socket, which all workers share. */
  steer: string;
  /** Sockets that are not ours on this address, or on a part of it. */
  strangers: Stranger[];
}

export interface SizingStatus {
  min: number;
  max: number;
  /** `why`: null of what an operator has asked for. */
  lastChange: { from: number; to: number; by: 'load' | 'operator'; why: string | null; agoMs: number } | null;
  /** Why there are not more, although the loops have no room; null: they have. */
  stays: string | null;
}

export interface Status {
  name: string;
  pid: number;
  version: string;
  generation: number;
  steer: { asked: string; used: string; why: string };
  /** What is not as configured, because an operator has changed it while the service ran. */
  changedLive: LiveChange[];
  /** Of a range of workers; null: their number is fixed. */
  sizing: SizingStatus | null;
  /** What an operator should know, a sentence each. */
  warnings: string[];
  /** Whose processes the workers are; null: the master's own user. */
  user: { name: string; uid: number; gid: number; groups: readonly number[] } | null;
  workers: WorkerStatus[];
  listeners: ListenerStatus[];
  /** The newest reload that has ended, or replacement of workers that were taken over; null: there was none. */
  lastReload: ReloadReport | null;
  counters: {
    reloads: number;
    restarts: number;
    /** Workers replaced because they had reached a limit, or asked for it. */
    recycles: number;
    rescues: number;
    /** Open connections that a worker handed over to another, when it drained. */
    handedOver: number;
    /** Open connections that a busy worker handed to one with less to do. */
    rebalanced: number;
    /** Connections that another worker took from the queue of a stuck one. */
    stolen: number;
    /** Connections that the kernel moved from the queue of a stuck one. */
    migrated: number;
    /** Queues that nobody could take over: every other worker was stuck, draining or down. */
    helplessRescues: number;
    /** For how long the loop of a rescued queue had been stuck at the most. */
    longestStuckMs: number;
    /** TcpExt ListenOverflows of the whole network namespace. */
    listenOverflows: number | null;
  };
}

export async function readStatus(master: Master, version: string, nowMs: number): Promise<Status> {
  const stats = await master.readStats();
  const { state, options } = master;
  const steer = master.balancer.choice;
  const listeners = listenerStatus(master);
  const rows = state.slots.flatMap((slot) => {
    const workers = workersOf(state, slot.slot);
    if (workers.length === 0) return [emptyRow(master, slot, nowMs)];
    const queued = listeners.flatMap(({ slots }) => slots).filter((row) => row.slot === slot.slot);
    const queuedConnections = queued.reduce((sum, row) => sum + row.queued, 0);
    return workers.map((worker) => row(master, slot, worker, stats.get(worker.id), queuedConnections, nowMs));
  });
  return {
    name: options.name,
    pid: process.pid,
    version,
    generation: state.generation,
    steer: { asked: steer.asked, used: steer.used, why: steer.why },
    changedLive: master.live.inForce,
    sizing: sizingStatus(master, nowMs),
    warnings: master.balancer.warnings(),
    user: userStatus(options.user),
    workers: [...rows, ...workersOf(state, NO_SLOT).map((spare) => spareRow(master, spare, nowMs))],
    listeners,
    lastReload: await master.reloads.last,
    counters: {
      reloads: state.reloads,
      restarts: master.processes.slots.reduce((sum, slot) => sum + slot.restarts, 0),
      recycles: state.recycles,
      handedOver: master.handovers.handedOver,
      rebalanced: master.handovers.rebalanced,
      rescues: master.balancer.counters.rescues,
      stolen: master.balancer.counters.stolen,
      migrated: master.balancer.counters.migrated,
      helplessRescues: master.balancer.counters.helpless,
      longestStuckMs: master.balancer.counters.longestStuckMs,
      listenOverflows: readKernelCounters()?.listenOverflows ?? null,
    },
  };
}

function sizingStatus({ processes: state, sizing }: Master, nowMs: number): SizingStatus | null {
  const { settings, sizeChange } = state;
  if (settings.range === null) return null;
  if (sizeChange === null) return { ...settings.range, lastChange: null, stays: sizing.obstacle };
  const { atMs, ...change } = sizeChange;
  const lastChange = { ...change, agoMs: Math.max(0, Math.round(nowMs - atMs)) };
  return { ...settings.range, lastChange, stays: sizing.obstacle };
}

function userStatus(user: WorkerUser | null): Status['user'] {
  return user === null ? null : { name: user.title, uid: user.uid, gid: user.gid, groups: user.groups };
}

function row(
  master: Master,
  slot: SlotRecord,
  worker: WorkerRecord,
  stats: WorkerStats | undefined,
  queued: number,
  nowMs: number,
): WorkerStatus {
  const page = master.balancer.page;
  const isServing = worker.state === 'ready';
  const busySinceNs = isServing ? page.read(slot.slot, 'busySinceNs') : 0;
  const busyMs = busySinceNs === 0 ? 0 : Math.max(0, Math.round((Number(process.hrtime.bigint()) - busySinceNs) / 1e6));
  const stuck = isServing && page.flags(slot.slot).includes('stuck');
  const state = stuck ? 'stuck' : worker.state === 'killed' ? 'exited' : worker.state;
  return {
    slot: slot.slot,
    pid: worker.pid,
    thread: master.threadOf(worker.id),
    generation: worker.generation,
    state,
    why: explainState(worker, state, isServing ? busyMs : master.watches.silentMs(worker.id), nowMs, {
      ...master.options.supervisor,
      ...master.options,
    }),
    uptimeMs: Math.round(nowMs - worker.startedAtMs),
    requests: stats?.requests ?? null,
    openConnections: stats?.openConnections ?? null,
    accepted: stats?.accepted ?? null,
    refused: stats?.refused ?? null,
    assigned: stats === undefined ? null : stats.accepted + queued,
    pending: isServing && master.balancer.counts ? page.pending(slot.slot) : null,
    weight: page.weight(slot.slot),
    busyMs,
    loopUtilization: stats?.loopUtilization ?? null,
    rssBytes: worker.pid === null ? null : readRssBytes(worker.pid),
    restarts: slot.restarts,
    lastExit: slot.lastExit,
  };
}

function spareRow(master: Master, spare: WorkerRecord, nowMs: number): WorkerStatus {
  const state = spare.state === 'spare' ? 'spare' : spare.state === 'starting' ? 'starting' : 'exited';
  return {
    ...NOTHING,
    pid: spare.pid,
    thread: master.threadOf(spare.id),
    generation: spare.generation,
    state,
    why: explainState(spare, state, 0, nowMs, { ...master.options.supervisor, ...master.options }),
    uptimeMs: Math.round(nowMs - spare.startedAtMs),
    rssBytes: spare.pid === null ? null : readRssBytes(spare.pid),
  };
}

function emptyRow(master: Master, slot: SlotRecord, nowMs: number): WorkerStatus {
  const waiting = slot.backoffUntilMs !== null;
  return {
    ...NOTHING,
    slot: slot.slot,
    thread: master.threadOf(slot.slot),
    state: waiting ? 'backoff' : 'exited',
    why: explainEmptySlot(slot, master.state.everReady, nowMs),
    weight: master.balancer.page.weight(slot.slot),
    restarts: slot.restarts,
    lastExit: slot.lastExit,
  };
}

/** What is known where nobody serves. */
const NOTHING = {
  slot: null,
  pid: null,
  thread: 0,
  generation: null,
  uptimeMs: null,
  requests: null,
  openConnections: null,
  accepted: null,
  refused: null,
  assigned: null,
  pending: null,
  weight: null,
  busyMs: null,
  loopUtilization: null,
  rssBytes: null,
  restarts: 0,
  lastExit: null,
} as const;

function listenerStatus(master: Master): ListenerStatus[] {
  const groups = new Map<string, ListenerStatus>();
  master.strangers.look();
  for (const entry of master.custody.all()) {
    const group = groups.get(entry.key) ?? emptyListener(master, entry);
    group.slots.push(slotRow(master, entry));
    groups.set(entry.key, group);
  }
  for (const group of groups.values()) group.slots.sort((a, b) => a.slot - b.slot);
  return [...groups.values()];
}

function emptyListener(master: Master, { key, info }: CustodyEntry): ListenerStatus {
  const { address, port, family } = info;
  const steer = family === 'unix' ? 'none' : master.balancer.policyOf(key);
  return { address, port, family, slots: [], steer, strangers: master.strangers.of(key) };
}

function slotRow(master: Master, entry: CustodyEntry): ListenerStatus['slots'][number] {
  const { inode, queuedConnections, backlogConnections, drops } = master.custody.read(entry);
  const slot = entry.slot === SHARED_SLOT ? -1 : entry.slot;
  return { slot, inode, queued: queuedConnections, backlog: backlogConnections, drops };
}
