/** What `status --json` prints: stable fields, others may be added. */
import { readFileSync } from 'node:fs';
import type { WorkerStats } from '../channel/messages.js';
import { SHARED_SLOT, type CustodyEntry } from '../supervisor/custody.js';
import type { Master } from '../supervisor/master.js';
import { type ExitRecord, type SlotRecord, type WorkerRecord, workersOf } from '../supervisor/state.js';

export interface WorkerStatus {
  slot: number;
  pid: number | null;
  thread: number;
  generation: number | null;
  state: 'starting' | 'ready' | 'draining' | 'stuck' | 'backoff' | 'exited';
  /** Why the state is what it is, where that is not plain. */
  why: string | null;
  uptimeMs: number | null;
  requests: number | null;
  openConnections: number | null;
  /** Connections accepted by this worker. */
  accepted: number | null;
  /** Connections that the kernel gave to this slot: accepted and queued. */
  assigned: number | null;
  /** How long the loop has been in its present turn; null where that is not observed. */
  busyMs: number | null;
  /** Share of time that the loop was busy since the last status, 0 to 1. */
  loopUtilization: number | null;
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
}

export interface Status {
  name: string;
  pid: number;
  version: string;
  generation: number;
  steer: { asked: string; used: string; why: string };
  workers: WorkerStatus[];
  listeners: ListenerStatus[];
  counters: {
    reloads: number;
    restarts: number;
    rescues: number;
    /** Connections that another worker took from the queue of a stuck one. */
    stolen: number;
    migrated: number;
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
    if (workers.length === 0) return [emptyRow(slot, nowMs)];
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
    workers: rows,
    listeners,
    counters: {
      reloads: state.reloads,
      restarts: state.slots.reduce((sum, slot) => sum + slot.restarts, 0),
      rescues: master.balancer.counters.rescues,
      stolen: master.balancer.counters.stolen,
      migrated: 0,
      listenOverflows: readListenOverflows(),
    },
  };
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
  const stuck = isServing && page.flags(slot.slot).includes('stuck');
  const state = stuck ? 'stuck' : worker.state === 'killed' ? 'exited' : worker.state;
  return {
    slot: slot.slot,
    pid: worker.pid,
    thread: 0,
    generation: worker.generation,
    state,
    why: worker.end,
    uptimeMs: Math.round(nowMs - worker.startedAtMs),
    requests: stats?.requests ?? null,
    openConnections: stats?.openConnections ?? null,
    accepted: stats?.accepted ?? null,
    assigned: stats === undefined ? null : stats.accepted + queued,
    busyMs: busySinceNs === 0 ? 0 : Math.max(0, Math.round((Number(process.hrtime.bigint()) - busySinceNs) / 1e6)),
    loopUtilization: stats?.loopUtilization ?? null,
    rssBytes: worker.pid === null ? null : readRssBytes(worker.pid),
    restarts: slot.restarts,
    lastExit: slot.lastExit,
  };
}

function emptyRow(slot: SlotRecord, nowMs: number): WorkerStatus {
  const waiting = slot.backoffUntilMs !== null;
  const why = waiting
    ? `${slot.failures} failures in a row; next start in ${Math.max(0, Math.round((slot.backoffUntilMs ?? 0) - nowMs))} ms`
    : null;
  return {
    slot: slot.slot,
    pid: null,
    thread: 0,
    generation: null,
    state: waiting ? 'backoff' : 'exited',
    why,
    uptimeMs: null,
    requests: null,
    openConnections: null,
    accepted: null,
    assigned: null,
    busyMs: null,
    loopUtilization: null,
    rssBytes: null,
    restarts: slot.restarts,
    lastExit: slot.lastExit,
  };
}

function listenerStatus(master: Master): ListenerStatus[] {
  const groups = new Map<string, ListenerStatus>();
  for (const entry of master.custody.all()) {
    const { address, port, family } = entry.info;
    const group = groups.get(entry.key) ?? { address, port, family, slots: [] };
    group.slots.push(slotRow(master, entry));
    groups.set(entry.key, group);
  }
  for (const group of groups.values()) group.slots.sort((a, b) => a.slot - b.slot);
  return [...groups.values()];
}

function slotRow(master: Master, entry: CustodyEntry): ListenerStatus['slots'][number] {
  const { inode, queuedConnections, backlogConnections, drops } = master.custody.read(entry);
  const slot = entry.slot === SHARED_SLOT ? -1 : entry.slot;
  return { slot, inode, queued: queuedConnections, backlog: backlogConnections, drops };
}

function readRssBytes(pid: number): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}

/** /proc/net/netstat holds a line of names and a line of values for each group. */
export function readListenOverflows(): number | null {
  try {
    const lines = readFileSync('/proc/net/netstat', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('TcpExt:'));
    const index = lines[0]?.split(' ').indexOf('ListenOverflows') ?? -1;
    const value = Number(lines[1]?.split(' ')[index]);
    return index > 0 && Number.isFinite(value) ? value : null;
  } catch {
    return null;
  }
}
