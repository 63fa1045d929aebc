/** What a master is made of, and who of it tells whom. */
import type { ToMaster } from '../channel/messages.js';
import { type Balancer } from './balancer.js';
import { balancerOf } from './balancer-of.js';
import { Custody } from './custody.js';
import type { SupervisorEvent } from './events.js';
import { Grants } from './grants.js';
import { Handovers } from './handover.js';
import { deliver } from './inbox.js';
import { LegacyWriter } from './legacy-writer.js';
import { LiveChanges } from './live-changes.js';
import { MasterLog } from './master-log.js';
import type { MasterSetting } from './master-options.js';
import { Rebalance } from './rebalance.js';
import { ReloadReports } from './reload-report.js';
import { Retirement } from './retirement.js';
import { fileChanges } from './socket-file.js';
import { SizingWatch } from './sizing-watch.js';
import { type SupervisorState, wantedSlots } from './state.js';
import type { LoopReport } from './threads.js';
import { StatsRequests } from './stats-requests.js';
import { StrangerWatch } from './stranger-watch.js';
import { servingWorker } from './deserted.js';
import { describeHolders } from './strangers.js';
import { Succession } from './succession.js';
import { Workers } from './workers.js';
import { type WorkerHandle } from './worker-process.js';
import { watchWorkers, type WorkerWatches } from './worker-watches.js';

export interface MasterParts {
  workers: Workers;
  custody: Custody;
  balancer: Balancer;
  strangers: StrangerWatch;
  retirement: Retirement;
  handovers: Handovers;
  rebalance: Rebalance;
  reloads: ReloadReports;
  /** Before and after this master. */
  succession: Succession;
  watches: WorkerWatches;
  sizing: SizingWatch;
  live: LiveChanges;
  legacy: LegacyWriter;
  stats: StatsRequests;
  say: MasterLog;
  /** The kernel's number of the thread of a loop; null: not known. */
  tidOf(loop: number): number | null;
}

/** What decides. */
export interface MasterMind {
  /** With a worker and a slot for each event loop. */
  state(): SupervisorState;
  /** With a worker for each process, as it is decided about. */
  processes(): SupervisorState;
  /** Has the service started, and does it not end yet. */
  isRunning(): boolean;
  dispatch(event: SupervisorEvent): void;
  /** Of a loop, from which follows what happens to its worker. */
  report(report: LoopReport): void;
}

/** They refer to each other; nothing happens before `mind` begins. @throws ReuseportError when the policy is unknown, or denied. */
export function assemble(setting: MasterSetting, mind: MasterMind): MasterParts {
  const { addon, os, log, options, hooks } = setting;
  const state = () => mind.state();
  const processes = () => mind.processes();
  const dispatch = (event: SupervisorEvent) => mind.dispatch(event);
  const report = (event: LoopReport) => mind.report(event);
  const handles = new Map<number, WorkerHandle>();
  const tidOf = (loop: number) => handles.get(loop)?.tid ?? null;
  const stats = new StatsRequests(os);
  const say = new MasterLog(log);
  const isOurs = (inode: number) => succession.isOurs(inode) || hooks.activated.has(inode);
  const legacy = new LegacyWriter({
    live: () => live,
    balancer: () => balancer,
    isRunning: () => mind.isRunning(),
    write: (text) => hooks.remember(text),
  });
  const custody = new Custody(addon, {
    onKept: (entry) => hooks.kept(entry),
    onClosing: (entry) => balancer.leaving(entry),
    onClosed: (entry) => {
      balancer.removed(entry);
      legacy.write();
      if (state().phase === 'running') hooks.closed(entry);
    },
    changeFiles: fileChanges(options),
  });
  const balancer = balancerOf(addon, log, options, {
    timer: (afterMs, action) => os.timer(afterMs, action),
    entries: () => custody.all(),
    look: () => strangers.look(),
    reorder: (key, change) => legacy.reorder(key, change),
    workerOf: (slot) => {
      const serving = servingWorker(state(), slot, (id) => retirement.isHeldBack(id));
      return serving === undefined ? undefined : handles.get(serving.id);
    },
  });
  const { page } = balancer;
  const live = new LiveChanges(log, options.configured, {
    workers: {
      configured: options.supervisor.workers,
      range: options.supervisor.range,
      wanted: () => wantedSlots(processes()).length,
      lastChange: () => processes().sizeChange,
    },
    clockBeganAtMs: Number(process.hrtime.bigint()) / 1e6 - os.nowMs(),
    steer: () => balancer.choice.asked,
    setSteer: (policy) => void balancer.steer(policy),
  });
  const strangers = new StrangerWatch(addon, os, log, options.join, {
    entries: () => custody.all(),
    isOurs,
    onMembers: (key, inodes) => balancer.setStrangers(key, inodes),
    keepsOut: (key) => balancer.keepsOut(key),
  });
  const grants = new Grants(addon, custody, {
    join: options.join,
    bindsForWorkers: options.user !== null && options.user.uid !== process.geteuid?.(),
    isServing: () => state().everReady,
    describeHolders,
    isOurs,
    activated: (target, slot) => hooks.activated.take(target, slot),
    onBound: (entry) => {
      balancer.added(entry);
      legacy.write();
      say.bound(entry);
    },
    onRefused: (asker, refusal) => say.refused(asker, refusal),
  });
  const handovers = new Handovers(addon, log, {
    send: (worker, message, fds) => handles.get(worker)?.send(message, fds) ?? false,
    openConnections: (slot) => page.read(slot, 'openConnections'),
    mayTakeOver: (slot) => balancer.mayTakeOver(slot),
    takesOver: (slot) => balancer.takesOver(slot),
    keepsClients: () => balancer.choice.keepsClients,
  });
  const retirement = new Retirement({
    os,
    addon,
    custody,
    balancer,
    state,
    outlives: (entry) => hooks.outlives(entry),
    send: (drain) => handovers.drain(state(), drain),
    onRetired: (entry) => say.retired(entry),
    onClosed: () => grants.forgetUnused(),
    options,
  });
  const onMessage = (worker: number, slot: number, message: ToMaster, fds: number[]) =>
    deliver(setting, addressees, { worker, slot }, message, fds);
  const workers = new Workers(setting, handles, {
    custody,
    balancer,
    grants,
    retirement,
    state,
    processes,
    dispatch,
    report,
    onMessage,
  });
  const reloads = new ReloadReports({
    readStats: (withinMs) => stats.read((id) => workers.askForStats(id), withinMs),
    collectStats: () => stats.collect((id) => workers.askForStats(id)).close,
    handedOver: () => handovers.handedOver,
    rescues: () => balancer.counters,
    watchLongest: () => balancer.watchLongest(),
  });
  const succession = new Succession({
    addon,
    log,
    custody,
    grants,
    balancer,
    workers: handles,
    onAdopted: (pid) => hooks.descendants.started(pid, null),
    orphanGraceMs: options.worker.orphanGraceMs,
    workerUids: options.user === null ? [] : [options.user.uid],
    threads: options.supervisor.threads,
    state,
    processes,
    dispatch,
    onMessage,
    onLoopEnd: (loop) => workers.loopEnded(loop),
    onExit: (worker) => workers.exited(worker, { code: null, signal: null, error: null }),
  });
  const rebalance = new Rebalance(os, log, options.rebalance, {
    state,
    allows: (slots) => balancer.allowsMoves(slots),
    read: (slot, field) => page.read(slot, field),
    takesOver: (slot) => balancer.takesOver(slot),
    share: (id, move) => handovers.share(id, move),
    tidOf,
  });
  const sizing = new SizingWatch(os, log, options.sizing, {
    state,
    processes,
    nowNs: () => Number(process.hrtime.bigint()),
    read: (slot, field) => page.read(slot, field),
    isStuck: (slot) => page.flags(slot).includes('stuck'),
    queued: (slot) => custody.queued(slot),
    tidOf,
    resize: (workers, why, figures) => dispatch({ type: 'resize', workers, why, figures }),
  });
  const watches = watchWorkers(os, log, options.hangTimeoutMs, {
    state,
    processes,
    balancer,
    worker: (id) => handles.get(id),
    report,
  });
  const parts = { workers, custody, balancer, retirement, handovers, rebalance, reloads, watches, stats, say };
  const addressees = { ...parts, grants, report };
  return { ...parts, strangers, succession, sizing, live, legacy, tidOf };
}
