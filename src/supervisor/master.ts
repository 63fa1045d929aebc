/**
 * The master at work: carries out what `transition` decides, and turns what workers, timers and operators do into
 * events for it. Touches no connection of a client.
 */
import { PROTOCOL_VERSION, type ToMaster, type WorkerStats } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import { Balancer } from './balancer.js';
import type { Logger } from '../observe/log.js';
import { formatAddress } from './address.js';
import { Custody, type CustodyEntry, SHARED_SLOT } from './custody.js';
import type { Effect, RequestResult, SupervisorEvent } from './events.js';
import { type Asker, Grants, type Refusal } from './grants.js';
import { spawnRequest } from './launch.js';
import type { MasterEnd, MasterOptions } from './master-options.js';
import type { Os } from './os.js';
import { initialState, isActive, type SupervisorState, workersOf } from './state.js';
import { logServing } from './serving.js';
import { StatsRequests } from './stats-requests.js';
import { describeHolders } from './strangers.js';
import { transition } from './transition.js';
import { WorkerProcess } from './worker-process.js';

export class Master {
  readonly #addon: Addon;
  readonly #os: Os;
  readonly #log: Logger;
  readonly #options: MasterOptions;
  readonly #custody: Custody;
  readonly #grants: Grants;
  readonly #balancer: Balancer;
  readonly #workers = new Map<number, WorkerProcess>();
  readonly #timers = new Map<string, () => void>();
  readonly #answers = new Map<string, (result: RequestResult) => void>();
  readonly #stats: StatsRequests;
  readonly #queue: SupervisorEvent[] = [];
  readonly #warned = new Set<string>();
  #state: SupervisorState;
  #busy = false;
  #nextRequest = 1;
  #lastRefusal: Refusal | null = null;
  #end: (end: MasterEnd) => void = () => {};
  /** Settles when the last worker is gone, or when no worker ever got ready. */
  readonly ended: Promise<MasterEnd>;

  constructor(addon: Addon, os: Os, log: Logger, options: MasterOptions) {
    this.#addon = addon;
    this.#os = os;
    this.#stats = new StatsRequests(os);
    this.#log = log;
    this.#options = options;
    this.#state = initialState(options.supervisor);
    this.#custody = new Custody(addon, (entry) => this.#balancer.removed(entry));
    this.#balancer = new Balancer(
      addon,
      log,
      {
        policy: options.steer,
        rescueAfterMs: options.rescueAfterMs,
        backlogConnections: options.worker.backlogConnections,
        shared: options.join,
        expectedSlots: options.supervisor.workers,
      },
      {
        entries: () => this.#custody.all(),
        steal: (slot, id, { key, fd }, max) =>
          this.#readyWorker(slot)?.send({ type: 'steal', id, key, max }, [fd]) ?? false,
      },
    );
    this.#grants = new Grants(addon, this.#custody, {
      join: options.join,
      describeHolders,
      onBound: (entry) => this.#onBound(entry),
      onRefused: (asker, refusal) => this.#onRefused(asker, refusal),
    });
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
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

  get custody(): Custody {
    return this.#custody;
  }

  start(): void {
    this.#dispatch({ type: 'start' });
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
  readStats(): Promise<Map<number, WorkerStats>> {
    return this.#stats.read((id) => {
      return [...this.#workers].filter(([, worker]) => worker.send({ type: 'stats-request', id })).length;
    });
  }

  #dispatch(event: SupervisorEvent): void {
    this.#queue.push(event);
    if (this.#busy) return;
    this.#busy = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { state, effects } = transition(this.#state, next, this.#os.nowMs());
      this.#state = state;
      for (const effect of effects) this.#perform(effect);
      this.#balancer.sync(this.#state);
      this.#prune();
    }
    this.#busy = false;
  }

  #perform(effect: Effect): void {
    switch (effect.type) {
      case 'spawn':
        return this.#spawn(effect);
      case 'drain':
        this.#workers.get(effect.worker)?.send({ type: 'drain', reason: effect.reason, graceMs: effect.graceMs });
        return;
      case 'signal':
        return this.#workers.get(effect.worker)?.signal(effect.signal);
      case 'arm': {
        this.#timers.get(effect.timer)?.();
        const fire = () => {
          this.#timers.delete(effect.timer);
          this.#dispatch(effect.event);
        };
        this.#timers.set(effect.timer, this.#os.timer(effect.afterMs, fire));
        return;
      }
      case 'disarm':
        this.#timers.get(effect.timer)?.();
        this.#timers.delete(effect.timer);
        return;
      case 'answer':
        this.#answers.get(effect.request)?.(effect.result);
        this.#answers.delete(effect.request);
        return;
      case 'log':
        if (effect.event === 'serving')
          logServing(this.#log, effect, this.#options.name, this.#custody, this.#balancer.choice);
        else this.#log[effect.level]({ event: effect.event, ...effect.fields }, effect.message);
        return;
      case 'exit':
        return this.#exit(effect);
      default:
        return effect satisfies never;
    }
  }

  #spawn({ worker, slot, generation }: Extract<Effect, { type: 'spawn' }>): void {
    const welcome = {
      type: 'welcome',
      version: PROTOCOL_VERSION,
      slot,
      generation,
      masterPid: process.pid,
      pageInKernel: this.#balancer.page.inKernel,
      settings: this.#options.worker,
    } as const;
    try {
      const started = new WorkerProcess(
        this.#addon,
        this.#os,
        welcome,
        [this.#balancer.page.fd, this.#balancer.page.wakeFd],
        (channelFd) => spawnRequest(this.#options.launch, slot, channelFd),
        {
          onMessage: (message, fds) => this.#onMessage(worker, slot, message, fds),
          onBadMessage: (message) => this.#log.warn({ slot, event: 'bad-message' }, message),
          onExit: (report) => this.#onExit(worker, report),
        },
      );
      this.#workers.set(worker, started);
      if (started.pid !== null) this.#dispatch({ type: 'spawned', worker, pid: started.pid });
    } catch (error) {
      // EMFILE, ENOMEM and their like: tried again after the back-off.
      this.#onExit(worker, { code: null, signal: null, error: (error as Error).message });
    }
  }

  #onExit(worker: number, report: { code: number | null; signal: string | null; error: string | null }): void {
    this.#workers.delete(worker);
    this.#grants.askerGone(worker);
    this.#custody.holderGone(worker);
    const slot = this.#state.workers.find(({ id }) => id === worker)?.slot;
    this.#dispatch({ type: 'worker-exited', worker, ...report });
    if (slot === undefined) return;
    const serves = workersOf(this.#state, slot).some(({ state }) => state === 'ready' || state === 'draining');
    if (!serves) this.#balancer.slotDied(slot);
  }

  #readyWorker(slot: number): WorkerProcess | undefined {
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
      case 'listen': {
        const send = this.#workers.get(worker)?.send.bind(this.#workers.get(worker));
        if (send !== undefined) this.#grants.listen({ worker, slot, send }, message);
        return;
      }
      case 'bound':
        return this.#grants.bound(worker, message.id, fd);
      case 'bind-failed':
        return this.#grants.bindFailed(worker, message.id, message.code, message.message);
      case 'closed':
        this.#custody.released(slot, message.key, worker);
        return this.#prune();
      case 'ready':
        return this.#dispatch({ type: 'worker-ready', worker });
      case 'retire':
        return this.#dispatch({ type: 'worker-retires', worker });
      case 'stolen':
        return this.#balancer.stolen(message.id, message.connections);
      case 'stats':
        return this.#stats.answered(message.id, worker, message.stats);
      case 'warning':
        return this.#warn(slot, message.code, message.message);
      default:
        return message satisfies never;
    }
  }

  /** A warning that every worker has is said once. */
  #warn(slot: number, code: string, message: string): void {
    if (this.#warned.has(message)) return;
    this.#warned.add(message);
    this.#log.warn({ slot, code, event: 'worker-warning' }, message);
  }

  /** Every worker of a program is refused the same: said once aloud. */
  #onRefused({ slot }: Asker, refusal: Refusal): void {
    this.#lastRefusal = refusal;
    const { errno, code, message } = refusal;
    const level = this.#warned.has(message) ? 'debug' : 'error';
    this.#warned.add(message);
    this.#log[level]({ event: 'listen-refused', slot, code, errno }, message);
  }

  #onBound(entry: CustodyEntry): void {
    const { slot, key, info } = entry;
    this.#balancer.added(entry);
    const where = info.family === 'unix' ? info.address : formatAddress({ ...info, family: info.family });
    const message = slot === SHARED_SLOT ? `${where} is shared by all workers` : `slot ${slot} listens on ${where}`;
    this.#log.debug({ event: 'listening', slot, key, address: info.address, port: info.port }, message);
  }

  /** Lets go of listeners that no worker serves on and none will adopt. */
  #prune(): void {
    const { slots, phase, workers } = this.#state;
    const isAwaited = ({ slot }: CustodyEntry) => {
      const present = slot === SHARED_SLOT ? workers : workersOf(this.#state, slot);
      if (present.some((worker) => worker.state === 'starting')) return true;
      if (present.some(isActive) || phase !== 'running') return false;
      return slot === SHARED_SLOT || slots.some((record) => record.slot === slot && record.wanted);
    };
    if (this.#custody.prune(isAwaited).length > 0) this.#grants.forgetUnused();
  }

  #exit({ code, error }: Extract<Effect, { type: 'exit' }>): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#custody.closeAll();
    this.#balancer.close();
    const refusal = this.#lastRefusal;
    if (error === null || refusal === null) return this.#end({ code, error });
    this.#end({ code, error: { code: refusal.code, message: `${refusal.message} (${error.message})` } });
  }
}
