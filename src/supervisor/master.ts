/**
 * The master at work: carries out what `transition` decides, and turns what workers, timers and operators do into
 * events for it. Touches no connection of a client.
 */
import { LAST_STATS, PROTOCOL_VERSION, type ToMaster, type WorkerStats } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { Balancer } from './balancer.js';
import { balancerOf } from './balancer-of.js';
import type { Logger } from '../observe/log.js';
import type { Choice } from '../steering/choose-policy.js';
import { Custody } from './custody.js';
import type { Effect, RequestResult, SupervisorEvent } from './events.js';
import { Grants } from './grants.js';
import { Handovers } from './handover.js';
import { HeldRequests, type ListenMessage } from './held-requests.js';
import { spawnRequest } from './launch.js';
import type { Legacy } from './legacy.js';
import { LiveChanges } from './live-changes.js';
import { MasterLog } from './master-log.js';
import type { Handed } from './handed.js';
import type { MasterEnd, MasterHooks, MasterOptions } from './master-options.js';
import type { Os } from './os.js';
import { Rebalance } from './rebalance.js';
import { ReloadReports } from './reload-report.js';
import { Retirement } from './retirement.js';
import { initialState, MAX_SLOTS, NO_SLOT, type SupervisorState, wantedSlots, workersOf } from './state.js';
import { logServing } from './serving.js';
import { fileChanges } from './socket-file.js';
import { StatsRequests } from './stats-requests.js';
import { describeHolders } from './strangers.js';
import { Succession } from './succession.js';
import { StrangerWatch } from './stranger-watch.js';
import { Timers } from './timers.js';
import { transition } from './transition.js';
import { welcomeTo } from './welcome.js';
import { type WorkerHandle, WorkerProcess } from './worker-process.js';
import { watchWorkers, type WorkerWatches } from './worker-watches.js';

export class Master {
  readonly #addon: Addon;
  readonly #os: Os;
  readonly #log: Logger;
  readonly #options: MasterOptions;
  readonly #hooks: MasterHooks;
  readonly #custody: Custody;
  readonly #grants: Grants;
  readonly #balancer: Balancer;
  readonly strangers: StrangerWatch;
  readonly #workers = new Map<number, WorkerHandle>();
  /** Before and after this master. */
  readonly succession: Succession;
  readonly #retirement: Retirement;
  readonly #say: MasterLog;
  readonly #timers: Timers;
  readonly #answers = new Map<string, (result: RequestResult) => void>();
  readonly #stats: StatsRequests;
  readonly #held = new HeldRequests();
  readonly #handovers: Handovers;
  readonly #rebalance: Rebalance;
  readonly reloads: ReloadReports;
  readonly live: LiveChanges;
  readonly #queue: SupervisorEvent[] = [];
  #state: SupervisorState;
  #busy = false;
  #abandoned = false;
  #legacy: Legacy | null = null;
  #started = false;
  #nextRequest = 1;
  readonly watches: WorkerWatches;
  #end: (end: MasterEnd) => void = () => {};
  /** Settles when the last worker is gone, or when no worker ever got ready. */
  readonly ended: Promise<MasterEnd>;

  constructor(addon: Addon, os: Os, log: Logger, options: MasterOptions, hooks: MasterHooks) {
    this.#addon = addon;
    this.#os = os;
    this.#timers = new Timers(os);
    this.#stats = new StatsRequests(os);
    this.#log = log;
    this.#say = new MasterLog(log);
    this.#options = options;
    this.#hooks = hooks;
    this.#state = initialState(options.supervisor);
    this.#custody = new Custody(addon, {
      onKept: (entry) => hooks.kept(entry),
      onClosing: (entry) => this.#balancer.leaving(entry),
      onClosed: (entry) => {
        this.#balancer.removed(entry);
        this.#remember();
        if (this.#state.phase === 'running') hooks.closed(entry);
      },
      changeFiles: fileChanges(options),
    });
    this.#balancer = balancerOf(addon, log, options, {
      timer: (afterMs, action) => this.#os.timer(afterMs, action),
      entries: () => this.#custody.all(),
      look: () => this.strangers.look(),
      reorder: (key, change) => this.#reorder(key, change),
      workerOf: (slot) => this.#readyWorker(slot),
    });
    this.live = new LiveChanges(log, options.configured, {
      workers: { configured: options.supervisor.workers, wanted: () => wantedSlots(this.#state).length },
      steer: () => this.#balancer.choice.asked,
      setSteer: (policy) => void this.#balancer.steer(policy),
    });
    this.strangers = new StrangerWatch(addon, os, log, options.join, {
      entries: () => this.#custody.all(),
      isOurs: (inode) => this.succession.isOurs(inode) || hooks.activated.has(inode),
      onMembers: (key, inodes) => this.#balancer.setStrangers(key, inodes),
      keepsOut: (key) => this.#balancer.keepsOut(key),
    });
    this.#retirement = new Retirement({
      os,
      addon,
      custody: this.#custody,
      balancer: this.#balancer,
      state: () => this.#state,
      outlives: (entry) => hooks.outlives(entry),
      send: (drain) => this.#handovers.drain(this.#state, drain),
      onRetired: (entry) => this.#say.retired(entry),
      onClosed: () => this.#grants.forgetUnused(),
      options,
    });
    this.#grants = new Grants(addon, this.#custody, {
      join: options.join,
      bindsForWorkers: options.user !== null && options.user.uid !== process.geteuid?.(),
      isServing: () => this.#state.everReady,
      describeHolders,
      isOurs: (inode) => this.succession.isOurs(inode) || hooks.activated.has(inode),
      activated: (target, slot) => hooks.activated.take(target, slot),
      onBound: (entry) => {
        this.#balancer.added(entry);
        this.#remember();
        this.#say.bound(entry);
      },
      onRefused: (asker, refusal) => this.#say.refused(asker, refusal),
    });
    const { page } = this.#balancer;
    this.#handovers = new Handovers(addon, log, {
      send: (worker, message, fds) => this.#workers.get(worker)?.send(message, fds) ?? false,
      openConnections: (slot) => page.read(slot, 'openConnections'),
      takesOver: (slot) => this.#balancer.takesOver(slot),
      keepsClients: () => this.#balancer.choice.keepsClients,
    });
    this.reloads = new ReloadReports({
      readStats: (withinMs) => this.readStats(withinMs),
      collectStats: () => this.#stats.collect((id) => this.#askForStats(id)).close,
      handedOver: () => this.#handovers.handedOver,
      rescues: () => this.#balancer.counters,
      watchLongest: () => this.#balancer.watchLongest(),
    });
    this.succession = new Succession({
      addon,
      log,
      custody: this.#custody,
      grants: this.#grants,
      balancer: this.#balancer,
      workers: this.#workers,
      onAdopted: (pid) => hooks.descendants.started(pid, null),
      orphanGraceMs: options.worker.orphanGraceMs,
      workerUids: options.user === null ? [] : [options.user.uid],
      state: () => this.#state,
      dispatch: (event) => this.#dispatch(event),
      onMessage: (worker, slot, message, fds) => this.#onMessage(worker, slot, message, fds),
      onExit: (worker) => this.#onExit(worker, { code: null, signal: null, error: null }),
    });
    this.#rebalance = new Rebalance(os, log, options.rebalance, {
      state: () => this.#state,
      allows: (slots) => this.#balancer.allowsMoves(slots),
      read: (slot, field) => page.read(slot, field),
      takesOver: (slot) => this.#balancer.takesOver(slot),
      share: (id, move) => this.#handovers.share(id, move),
    });
    this.watches = watchWorkers(os, log, options.hangTimeoutMs, {
      state: () => this.#state,
      balancer: this.#balancer,
      worker: (id) => this.#workers.get(id),
      dispatch: (event) => this.#dispatch(event),
    });
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get options(): MasterOptions {
    return this.#options;
  }

  get state(): SupervisorState {
    return this.#state;
  }

  get balancer(): Balancer {
    return this.#balancer;
  }

  get handovers(): Handovers {
    return this.#handovers;
  }

  get custody(): Custody {
    return this.#custody;
  }

  /** What another master has left in writing; before workers or listeners of it are taken over. */
  inherit(legacy: Legacy): void {
    this.#legacy = legacy;
    this.live.inherit(legacy);
  }

  /** Begins. Settles when workers that were taken over have been replaced, or could not be. */
  start(handed: Handed | null): Promise<RequestResult> {
    // Not before: a listener that nobody serves on is kept only where a worker is on its way.
    this.succession.take(handed, this.#legacy);
    this.#started = true;
    return this.request((request) => ({ type: 'start', request, workers: this.live.workersAtStart }));
  }

  /** @throws ReuseportError, SystemError; the former policy then stays. */
  steer(policy: string): Choice {
    const choice = this.#balancer.steer(policy);
    this.#remember();
    return choice;
  }

  /** Leaves everything to another master: nothing is decided, sent or watched any more, and the workers serve on. */
  abandon(): Handed {
    this.#abandoned = true;
    const legacy = this.#legacyNow();
    this.#timers.disarmAll();
    this.#rebalance.stop();
    this.watches.stop();
    this.#retirement.close();
    this.strangers.stop();
    return this.succession.leave(legacy);
  }

  /** Asks for something and settles when it has happened, or cannot. */
  request(make: (request: string) => SupervisorEvent): Promise<RequestResult> {
    const request = String(this.#nextRequest++);
    return new Promise((resolve) => {
      this.#answers.set(request, resolve);
      this.#dispatch(make(request));
    });
  }

  /** The figures of every worker that answers in time, by worker id. */
  readStats(withinMs?: number): Promise<Map<number, WorkerStats>> {
    return this.#stats.read((id) => this.#askForStats(id), withinMs);
  }

  #askForStats(id: number): number {
    // A spare waits in its listen, and answers nothing.
    const asked = [...this.#workers].filter(([worker]) => this.#slotOf(worker) !== NO_SLOT);
    return asked.filter(([, worker]) => worker.send({ type: 'stats-request', id })).length;
  }

  #dispatch(event: SupervisorEvent): void {
    if (event.type === 'reload') this.strangers.look();
    this.#queue.push(event);
    if (this.#busy || this.#abandoned) return;
    this.#busy = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { state, effects } = transition(this.#state, next, this.#os.nowMs());
      this.#state = state;
      this.reloads.observe(state, this.#os.nowMs());
      // A slot leaves the selection before its worker is told to leave.
      this.#balancer.sync(this.#state);
      for (const effect of effects) this.#perform(effect);
      this.#retirement.drain(effects.filter((effect) => effect.type === 'drain'));
      this.#retirement.prune();
    }
    this.#busy = false;
    this.#remember();
  }

  /** For the case that this master is killed: what has changed is written down. */
  #remember(except: string | null = null): void {
    if (this.#abandoned || !this.#started || this.#state.phase !== 'running') return;
    const { orders, ...rest } = this.#legacyNow();
    this.#hooks.remember({ ...rest, orders: orders.filter(([key]) => key !== except) });
  }

  /** Killed in the middle of it, this master leaves no order rather than a wrong one. */
  #reorder(key: string, change: () => void): void {
    this.#remember(key);
    try {
      change();
    } finally {
      this.#remember();
    }
  }

  #legacyNow(): Legacy {
    return { ...this.live.legacy, orders: this.#balancer.orders };
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'spawn':
        return this.#spawn(effect);
      case 'assign':
        return this.#assign(effect.worker, effect.slot);
      case 'drain':
        return; // All of them at once, when everything else is done.
      case 'signal':
        return this.#workers.get(effect.worker)?.signal(effect.signal);
      case 'arm':
        return this.#timers.arm(effect.timer, effect.afterMs, () => this.#dispatch(effect.event));
      case 'disarm':
        return this.#timers.disarm(effect.timer);
      case 'answer':
        this.#answers.get(effect.request)?.(effect.result);
        this.#answers.delete(effect.request);
        return;
      case 'log':
        if (effect.event === 'serving') {
          this.#hooks.serving();
          logServing(this.#log, effect, this.#options.name, this.#custody, this.#balancer.choice);
        } else this.#log[effect.level]({ event: effect.event, ...effect.fields }, effect.message);
        return;
      case 'exit':
        return this.#exit(effect);
      default:
        return effect satisfies never;
    }
  }

  #spawn(effect: Extract<Effect, { type: 'spawn' }>): void {
    const { worker, slot } = effect;
    const { fd, wakeFd } = this.#balancer.page;
    const { descendants } = this.#hooks;
    const mark = descendants.newMark();
    try {
      const started = new WorkerProcess(
        this.#addon,
        this.#os,
        welcomeTo(effect, this.#options.worker),
        [fd, wakeFd],
        this.#options.hangTimeoutMs > 0,
        (channelFd) =>
          spawnRequest(this.#options.launch, slot === NO_SLOT ? MAX_SLOTS + worker : slot, channelFd, mark),
        {
          onMessage: (message, fds) => this.#onMessage(worker, this.#slotOf(worker), message, fds),
          onBadMessage: (message) => this.#log.warn({ slot, event: 'bad-message' }, message),
          onExit: (report) => this.#onExit(worker, report),
        },
      );
      this.#workers.set(worker, started);
      if (started.pid === null) return;
      descendants.started(started.pid, mark);
      this.#dispatch({ type: 'spawned', worker, pid: started.pid });
    } catch (error) {
      // EMFILE, ENOMEM and their like: tried again after the back-off.
      this.#onExit(worker, { code: null, signal: null, error: (error as Error).message });
    }
  }

  #onExit(worker: number, report: { code: number | null; signal: string | null; error: string | null }): void {
    if (this.#abandoned) return;
    const pid = this.#workers.get(worker)?.pid ?? null;
    if (pid !== null) this.#hooks.descendants.gone(pid);
    this.#workers.delete(worker);
    this.#grants.askerGone(worker);
    this.#custody.holderGone(worker);
    this.#held.take(worker);
    const slot = this.#slotOf(worker);
    this.#dispatch({ type: 'worker-exited', worker, ...report });
    if (slot === NO_SLOT) return;
    const serves = workersOf(this.#state, slot).some(({ state }) => state === 'ready' || state === 'draining');
    if (serves) return this.#balancer.predecessorGone(slot);
    this.#balancer.slotDied(slot);
    this.#retirement.takeOver();
  }

  #slotOf(worker: number): number {
    return this.#state.workers.find(({ id }) => id === worker)?.slot ?? NO_SLOT;
  }

  /** A spare gets its slot, and with it the answer that it waits for. */
  #assign(worker: number, slot: number): void {
    this.#workers.get(worker)?.send({ type: 'assign', slot });
    const message = this.#held.take(worker);
    if (message !== undefined) this.#listen(worker, slot, message);
  }

  #listen(worker: number, slot: number, message: ListenMessage): void {
    const send = this.#workers.get(worker)?.send.bind(this.#workers.get(worker));
    if (send !== undefined) this.#grants.listen({ worker, slot, send }, message);
  }

  #readyWorker(slot: number): WorkerHandle | undefined {
    const record = workersOf(this.#state, slot).find(({ state }) => state === 'ready');
    return record === undefined ? undefined : this.#workers.get(record.id);
  }

  #onMessage(worker: number, slot: number, message: ToMaster, fds: number[]): void {
    const [fd, ...surplus] = fds;
    for (const extra of surplus) this.#addon.close(extra);
    if (message.type !== 'bound' && fd !== undefined) this.#addon.close(fd);
    switch (message.type) {
      case 'hello':
        if (message.version !== PROTOCOL_VERSION) {
          this.#log.error({ slot, event: 'version-mismatch' }, `worker speaks protocol ${message.version}`);
          this.#workers.get(worker)?.signal('SIGKILL');
        }
        return;
      case 'listen':
        if (slot !== NO_SLOT) return this.#listen(worker, slot, message);
        this.#held.hold(worker, message);
        return this.#dispatch({ type: 'spare-loaded', worker });
      case 'bound':
        return this.#grants.bound(worker, message.id, fd);
      case 'bind-failed':
        return this.#grants.bindFailed(worker, message.id, message.code, message.message);
      case 'closed':
        this.#custody.released(slot, message.key, worker);
        return this.#retirement.prune();
      case 'ready':
        this.#dispatch({ type: 'worker-ready', worker });
        return this.#retirement.takeOver();
      case 'retire':
        return this.#dispatch({ type: 'worker-spent', worker, because: 'the program asked for it' });
      case 'stolen':
        return this.#balancer.stolen(message.id, message.connections);
      case 'received':
        return this.#handovers.received(slot, message);
      case 'shared':
        return this.#rebalance.shared(message.id, message.connections);
      case 'ended':
        return this.#say.ended(slot, message.connections, this.#options.supervisor.gracefulTimeoutMs);
      case 'stats':
        if (message.id === LAST_STATS) return this.reloads.farewell(worker, message.stats);
        this.watches.heard(worker);
        return this.#stats.answered(message.id, worker, message.stats);
      case 'register':
      case 'holds':
        // Only before a worker is taken over.
        return;
      case 'warning':
        return this.#say.warning(slot, message.code, message.message);
      default:
        return message satisfies never;
    }
  }

  #exit({ code, error }: Extract<Effect, { type: 'exit' }>): void {
    this.#timers.disarmAll();
    this.#rebalance.stop();
    this.watches.stop();
    this.strangers.stop();
    this.#retirement.close();
    this.#custody.closeAll();
    this.#balancer.close();
    const refusal = this.#say.lastRefusal;
    if (error === null || refusal === null) return this.#end({ code, error });
    this.#end({ code, error: { code: refusal.code, message: `${refusal.message} (${error.message})` } });
  }
}
