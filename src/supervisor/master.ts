/**
 * The master at work: carries out what `transition` decides, and turns what workers, timers and operators do into
 * events for it. Touches no connection of a client.
 */
import type { WorkerStats } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { Logger } from '../observe/log.js';
import type { Choice } from '../steering/choose-policy.js';
import type { Balancer } from './balancer.js';
import type { Custody } from './custody.js';
import type { Effect, RequestResult, SupervisorEvent } from './events.js';
import type { Handed } from './handed.js';
import type { Handovers } from './handover.js';
import type { Legacy } from './legacy.js';
import type { LiveChanges } from './live-changes.js';
import type { MasterEnd, MasterHooks, MasterOptions, MasterSetting } from './master-options.js';
import { assemble, type MasterParts } from './master-parts.js';
import type { Os } from './os.js';
import type { ReloadReports } from './reload-report.js';
import type { SizingWatch } from './sizing-watch.js';
import { logServing, servedAddresses } from './serving.js';
import { initialState, type SupervisorState, wantedSlots } from './state.js';
import type { StrangerWatch } from './stranger-watch.js';
import type { Succession } from './succession.js';
import { Timers } from './timers.js';
import { eachLoop, LoopReports, loopsOf, threadOfLoop } from './threads.js';
import { transition } from './transition.js';
import type { WorkerWatches } from './worker-watches.js';

export class Master {
  readonly #setting: MasterSetting;
  readonly #parts: MasterParts;
  readonly #timers: Timers;
  readonly #answers = new Map<string, (result: RequestResult) => void>();
  readonly #queue: SupervisorEvent[] = [];
  #state: SupervisorState;
  #loops: { of: SupervisorState; state: SupervisorState };
  readonly #reports: LoopReports;
  #busy = false;
  #phase: 'waiting' | 'in charge' | 'abandoned' = 'waiting';
  #legacy: Legacy | null = null;
  #nextRequest = 1;
  #end: (end: MasterEnd) => void = () => {};
  /** Settles when the last worker is gone, or when no worker ever got ready. */
  readonly ended: Promise<MasterEnd>;

  /** @throws ReuseportError when it cannot steer as it is to. */
  constructor(addon: Addon, os: Os, log: Logger, options: MasterOptions, hooks: MasterHooks) {
    this.#setting = { addon, os, log, options, hooks };
    this.#timers = new Timers(os);
    this.#state = initialState(options.supervisor);
    this.#loops = { of: this.#state, state: loopsOf(this.#state) };
    this.#reports = new LoopReports(options.supervisor.threads);
    this.#parts = assemble(this.#setting, {
      state: () => this.state,
      processes: () => this.#state,
      isRunning: () => this.#phase === 'in charge' && this.#state.phase === 'running',
      dispatch: (event) => this.#dispatch(event),
      report: (report) => {
        const event = this.#reports.take(report);
        if (event !== null) this.#dispatch(event);
      },
    });
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get options(): MasterOptions {
    return this.#setting.options;
  }

  /** With a worker and a slot for each event loop. */
  get state(): SupervisorState {
    if (this.#loops.of !== this.#state) this.#loops = { of: this.#state, state: loopsOf(this.#state) };
    return this.#loops.state;
  }

  /** With a worker for each process, as it is decided about. */
  get processes(): SupervisorState {
    return this.#state;
  }

  /** The kernel's number of the thread of a loop; null: not known. */
  tidOf(loop: number): number | null {
    return this.#parts.tidOf(loop);
  }

  /** Which of its worker's a loop is; 0: that of the main thread. */
  threadOf(loop: number): number {
    return threadOfLoop(loop, this.options.supervisor.threads);
  }

  get balancer(): Balancer {
    return this.#parts.balancer;
  }

  get handovers(): Handovers {
    return this.#parts.handovers;
  }

  get custody(): Custody {
    return this.#parts.custody;
  }

  get strangers(): StrangerWatch {
    return this.#parts.strangers;
  }

  get succession(): Succession {
    return this.#parts.succession;
  }

  get reloads(): ReloadReports {
    return this.#parts.reloads;
  }

  get watches(): WorkerWatches {
    return this.#parts.watches;
  }

  get sizing(): SizingWatch {
    return this.#parts.sizing;
  }

  get live(): LiveChanges {
    return this.#parts.live;
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
    this.#phase = 'in charge';
    const { threads } = this.options.supervisor;
    const workers = this.live.workersAtStart(wantedSlots(this.#state).map(({ slot }) => Math.floor(slot / threads)));
    return this.request((request) => ({ type: 'start', request, workers, sizeChange: this.live.changeAtStart }));
  }

  /** Leaves everything to another master: nothing is decided, sent or watched any more, and the workers serve on. */
  abandon(): Handed {
    const legacy = this.#parts.legacy.now;
    this.#phase = 'abandoned';
    this.#stopWatching();
    this.#parts.workers.leave();
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

  /** @throws ReuseportError, SystemError; the former policy then stays. */
  steer(policy: string): Choice {
    const choice = this.balancer.steer(policy);
    this.#parts.legacy.write();
    return choice;
  }

  /** What workers write goes to other files now. */
  tellOfLogs(): void {
    this.#parts.workers.tellOfLogs();
  }

  /** The figures of every worker that answers in time, by worker id. */
  readStats(): Promise<Map<number, WorkerStats>> {
    return this.#parts.stats.read((id) => this.#parts.workers.askForStats(id));
  }

  #dispatch(event: SupervisorEvent): void {
    const { balancer, retirement, reloads, strangers, legacy } = this.#parts;
    const { os } = this.#setting;
    if (event.type === 'reload') strangers.look();
    this.#queue.push(event);
    if (this.#busy || this.#phase === 'abandoned') return;
    this.#busy = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { state, effects } = transition(this.#state, next, os.nowMs());
      this.#state = state;
      if (next.type === 'worker-exited') this.#reports.forget(next.worker);
      reloads.observe(this.state, os.nowMs());
      // A slot leaves the selection before its worker is told to leave.
      balancer.sync(this.state);
      for (const effect of effects) this.#perform(effect);
      const drains = effects.filter((effect) => effect.type === 'drain');
      retirement.drain(drains.flatMap((drain) => eachLoop(drain, state)));
      retirement.prune();
    }
    this.#busy = false;
    legacy.write();
  }

  #perform(effect: Effect): void {
    const { workers } = this.#parts;
    switch (effect.type) {
      case 'spawn':
        return workers.spawn(effect);
      case 'assign':
        return workers.assign(effect.worker, effect.slot);
      case 'drain':
        return; // All of them at once, when everything else is done.
      case 'signal':
        return workers.signal(effect.worker, effect.signal);
      case 'arm':
        return this.#timers.arm(effect.timer, effect.afterMs, () => this.#dispatch(effect.event));
      case 'disarm':
        return this.#timers.disarm(effect.timer);
      case 'answer':
        this.#answers.get(effect.request)?.(effect.result);
        this.#answers.delete(effect.request);
        return;
      case 'log':
        return this.#tell(effect);
      case 'happened':
        return this.#setting.hooks.happened(effect.happening);
      case 'exit':
        return this.#exit(effect);
      default:
        return effect satisfies never;
    }
  }

  #tell(effect: Extract<Effect, { type: 'log' }>): void {
    const { log, hooks, options } = this.#setting;
    if (effect.event !== 'serving') {
      return log[effect.level]({ event: effect.event, ...effect.fields }, effect.message);
    }
    logServing(log, effect, options.name, this.custody, this.balancer.choice);
    hooks.serving();
    const workers = wantedSlots(this.#state).length;
    hooks.happened({ hook: 'onReady', about: { workers, addresses: servedAddresses(this.custody) } });
  }

  #exit({ code, error }: Extract<Effect, { type: 'exit' }>): void {
    this.#stopWatching();
    this.custody.closeAll();
    this.balancer.close();
    const refusal = this.#parts.say.lastRefusal;
    if (error === null || refusal === null) return this.#end({ code, error });
    this.#end({ code, error: { code: refusal.code, message: `${refusal.message} (${error.message})` } });
  }

  #stopWatching(): void {
    const { rebalance, sizing, watches, retirement, strangers } = this.#parts;
    this.#timers.disarmAll();
    rebalance.stop();
    sizing.stop();
    watches.stop();
    retirement.close();
    strangers.stop();
  }
}
