/**
 * All that a scrape tells, read at one moment: from the master's memory, the state page, the listeners in custody and
 * /proc. No worker is asked, and none hears of it.
 */
import { formatAddress } from '../../supervisor/address.js';
import { type CustodyEntry, SHARED_SLOT } from '../../supervisor/custody.js';
import { type KernelCounters, readKernelCounters } from '../../supervisor/kernel-counters.js';
import type { Master } from '../../supervisor/master.js';
import type { ReloadOutcome } from '../../supervisor/reload-report.js';
import type { RescueCounters } from '../../supervisor/rescue.js';
import { type SlotRecord, type SupervisorState, type WorkerRecord, workersOf } from '../../supervisor/state.js';
import type { RowField, StatePage } from '../../state/page.js';
import { Refusals } from '../../state/refusals.js';
import { BusyShares } from './busy-shares.js';
import { loopKey, ProcessFiles, type ProcessReading } from './process-reading.js';

export const SLOT_STATES = ['starting', 'ready', 'draining', 'stuck', 'backoff', 'exited'] as const;
export type SlotState = (typeof SLOT_STATES)[number];

export interface QueueReading {
  /** `[::]:8080` */
  address: string;
  slot: number | 'shared';
  queued: number;
  limit: number;
  drops: number;
}

/** Fields of the slot's row of the state page. */
export type Row = Readonly<Record<RowField | 'weight', number>>;

export interface WorkerReading {
  pid: number | null;
  generation: number;
  startedAtSeconds: number;
  /** Of its process's loops the one that tells what they use together. */
  isFirst: boolean;
  use: ProcessReading | null;
}

export interface SlotReading {
  record: SlotRecord;
  slot: number;
  /** Of its samples. */
  labels: { readonly slot: number };
  state: SlotState;
  /** Has it a worker that serves. */
  serves: boolean;
  stuck: boolean;
  row: Row;
  /** Connections beyond `--max-connections`; null without a limit. */
  refused: number | null;
  worker: WorkerReading | null;
  /** Its workers that finish their work and leave. */
  drainingWorkers: number;
  /** Of its loop since the last scrape, 0 to 1; null: not known. */
  busyShare: number | null;
  queues: readonly QueueReading[];
}

export interface AddressReading {
  address: string;
  /** Slots, or workers of a socket that they share, that serve there. */
  readyWorkers: number;
  strangers: number;
}

export interface MetricsReading {
  about: MetricsAbout;
  state: SupervisorState;
  steer: { asked: string; used: string };
  /** Does a program in the kernel count what it gives to each slot. */
  kernelCounts: boolean;
  stray: number;
  slots: readonly SlotReading[];
  addresses: readonly AddressReading[];
  queues: readonly QueueReading[];
  rescues: RescueCounters;
  handedOver: number;
  rebalanced: number;
  lastReload: ReloadOutcome | null;
  kernel: KernelCounters | null;
  master: ProcessReading | null;
  /** CLOCK_MONOTONIC, as the rows have it. */
  nowNs: number;
  nowMs: number;
}

export interface MetricsAbout {
  name: string;
  version: string;
}

/** What is known from one scrape to the next. */
export interface ScrapeMemory {
  shares: BusyShares;
  files: ProcessFiles;
}

/** Each who reads at times of its own needs one of its own. */
export function newScrapeMemory(): ScrapeMemory {
  return { shares: new BusyShares(), files: new ProcessFiles() };
}

/** `nowMs`: of the master's clock. */
export function takeReading(master: Master, about: MetricsAbout, memory: ScrapeMemory, nowMs: number): MetricsReading {
  const { balancer, state } = master;
  const nowNs = Number(process.hrtime.bigint());
  const queues = master.custody.all().flatMap((entry) => queueOf(master, entry));
  const slots = slotReadings(master, queues, memory, nowNs);
  return {
    about,
    state,
    steer: balancer.choice,
    kernelCounts: balancer.counts,
    stray: balancer.page.stray,
    slots,
    addresses: addressReadings(master),
    queues,
    rescues: balancer.counters,
    handedOver: master.handovers.handedOver,
    rebalanced: master.handovers.rebalanced,
    lastReload: master.reloads.outcome,
    kernel: readKernelCounters(),
    master: memory.files.read(process.pid),
    nowNs,
    nowMs,
  };
}

/** Of a unix-domain socket the kernel tells nothing. */
function queueOf(master: Master, entry: CustodyEntry): QueueReading[] {
  if (entry.info.family === 'unix') return [];
  const { queuedConnections: queued, backlogConnections: limit, drops } = master.custody.read(entry);
  const slot = entry.slot === SHARED_SLOT ? 'shared' : entry.slot;
  return [{ address: formatAddress(entry.info), slot, queued, limit, drops }];
}

/** Every address that is listened on, once. */
export function addressReadings(master: Master): AddressReading[] {
  const ready = new Set(master.state.workers.filter(({ state }) => state === 'ready').map(({ id }) => id));
  const addresses = new Map<string, AddressReading & { ids: Set<number> }>();
  for (const entry of master.custody.all()) {
    const strangers = master.strangers.count(entry.key);
    const known = addresses.get(entry.key) ?? {
      address: formatAddress(entry.info),
      ids: new Set(),
      readyWorkers: 0,
      strangers,
    };
    for (const holder of entry.holders) if (ready.has(holder)) known.ids.add(holder);
    addresses.set(entry.key, known);
  }
  return [...addresses.values()].map(({ address, ids, strangers }) => {
    return { address, readyWorkers: ids.size, strangers };
  });
}

function slotReadings(
  master: Master,
  queues: readonly QueueReading[],
  memory: ScrapeMemory,
  nowNs: number,
): SlotReading[] {
  const { state, balancer } = master;
  const each = state.slots.map((record) => {
    const workers = workersOf(state, record.slot);
    const worker = mainWorker(workers);
    const drainingWorkers = workers.filter(({ state }) => state === 'draining').length;
    if (worker?.pid == null) return { record, worker, drainingWorkers, use: null, key: '' };
    const tid = master.tidOf(worker.id) ?? worker.pid;
    const use = memory.files.read(worker.pid, tid);
    return { record, worker, drainingWorkers, use, key: loopKey(worker.pid, tid) };
  });
  memory.files.retain(new Set([loopKey(process.pid, process.pid), ...each.map(({ key }) => key)]));
  const loops = each.flatMap(({ key, use }) => (use?.loopSeconds == null ? [] : [{ key, seconds: use.loopSeconds }]));
  const busy = memory.shares.read(loops, nowNs / 1e9);
  const refusals = master.options.worker.maxConnections === 0 ? null : new Refusals(balancer.page.buffer);
  return each.map(({ record, worker, drainingWorkers, use, key }) => {
    const { slot } = record;
    const serves = worker?.state === 'ready';
    const stuck = serves && balancer.page.flags(slot).includes('stuck');
    return {
      record,
      slot,
      labels: { slot },
      state: slotState(record, worker, stuck),
      serves,
      stuck,
      row: readRow(balancer.page, slot),
      refused: refusals?.read(slot) ?? null,
      worker: worker === undefined ? null : { ...aboutWorker(worker), isFirst: master.threadOf(worker.id) === 0, use },
      drainingWorkers,
      busyShare: busy.get(key) ?? null,
      queues: queues.filter((queue) => queue.slot === slot),
    };
  });
}

function readRow(page: StatePage, slot: number): Row {
  return {
    assigned: page.read(slot, 'assigned'),
    selected: page.read(slot, 'selected'),
    fallback: page.read(slot, 'fallback'),
    error: page.read(slot, 'error'),
    accepted: page.read(slot, 'accepted'),
    busySinceNs: page.read(slot, 'busySinceNs'),
    lastPollNs: page.read(slot, 'lastPollNs'),
    openConnections: page.read(slot, 'openConnections'),
    requests: page.read(slot, 'requests'),
    longestTurnNs: page.read(slot, 'longestTurnNs'),
    turns: page.read(slot, 'turns'),
    connections: page.read(slot, 'connections'),
    weight: page.weight(slot),
  };
}

function aboutWorker({ pid, generation, startedAtMs }: WorkerRecord) {
  return { pid, generation, startedAtSeconds: unixSeconds(startedAtMs) };
}

/** Of the master's clock, which counts from its process's beginning. */
function unixSeconds(nowMs: number): number {
  return Math.round(performance.timeOrigin + nowMs) / 1000;
}

/** Of several workers of a slot the one that serves, else the one that comes, else the one that goes. */
function mainWorker(workers: readonly WorkerRecord[]): WorkerRecord | undefined {
  const order: readonly WorkerRecord['state'][] = ['ready', 'starting', 'draining', 'killed'];
  return workers.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || b.rank - a.rank)[0];
}

function slotState(record: SlotRecord, worker: WorkerRecord | undefined, stuck: boolean): SlotState {
  if (worker === undefined) return record.backoffUntilMs === null ? 'exited' : 'backoff';
  if (stuck) return 'stuck';
  return worker.state === 'killed' || worker.state === 'spare' ? 'exited' : worker.state;
}
