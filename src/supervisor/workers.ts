/** The workers as the master holds them: starts them, sends them on their way, and draws the conclusions from their end. */
import type { ToMaster } from '../channel/messages.js';
import type { Balancer } from './balancer.js';
import type { Custody } from './custody.js';
import type { Effect, SupervisorEvent } from './events.js';
import type { Grants } from './grants.js';
import { HeldRequests, type ListenMessage } from './held-requests.js';
import { spawnRequest } from './launch.js';
import type { MasterSetting } from './master-options.js';
import type { ExitReport } from './os.js';
import type { Retirement } from './retirement.js';
import { MAX_SLOTS, NO_SLOT, type SupervisorState, workersOf } from './state.js';
import { welcomeTo } from './welcome.js';
import { type WorkerHandle, WorkerProcess } from './worker-process.js';

export interface WorkersHost {
  custody: Custody;
  balancer: Balancer;
  grants: Grants;
  retirement: Retirement;
  state(): SupervisorState;
  dispatch(event: SupervisorEvent): void;
  onMessage(worker: number, slot: number, message: ToMaster, fds: number[]): void;
}

export class Workers {
  readonly #setting: MasterSetting;
  /** By the workers' ids. */
  readonly #handles: Map<number, WorkerHandle>;
  readonly #host: WorkersHost;
  /** Of spares. */
  readonly #held = new HeldRequests();
  #left = false;

  constructor(setting: MasterSetting, handles: Map<number, WorkerHandle>, host: WorkersHost) {
    this.#setting = setting;
    this.#handles = handles;
    this.#host = host;
  }

  spawn(effect: Extract<Effect, { type: 'spawn' }>): void {
    const { worker, slot } = effect;
    const { fd, wakeFd } = this.#host.balancer.page;
    const { addon, os, log, options, hooks } = this.#setting;
    const mark = hooks.descendants.newMark();
    try {
      const started = new WorkerProcess(
        addon,
        os,
        welcomeTo(effect, options.worker),
        { page: [fd, wakeFd], access: hooks.logs.descriptors.access },
        options.hangTimeoutMs > 0,
        (channelFd) => ({
          ...spawnRequest(options.launch, slot === NO_SLOT ? MAX_SLOTS + worker : slot, channelFd, mark),
          outputFd: hooks.logs.descriptors.output,
        }),
        {
          onMessage: (message, fds) => this.#host.onMessage(worker, this.slotOf(worker), message, fds),
          onBadMessage: (message) => log.warn({ slot, event: 'bad-message' }, message),
          onExit: (report) => this.exited(worker, report),
        },
      );
      this.#handles.set(worker, started);
      if (started.pid === null) return;
      hooks.descendants.started(started.pid, mark);
      this.#host.dispatch({ type: 'spawned', worker, pid: started.pid });
    } catch (error) {
      // EMFILE, ENOMEM and their like: tried again after the back-off.
      this.exited(worker, { code: null, signal: null, error: (error as Error).message });
    }
  }

  signal(worker: number, signal: NodeJS.Signals): void {
    this.#handles.get(worker)?.signal(signal);
  }

  /** A spare gets its slot, and with it the answer that it waits for. */
  assign(worker: number, slot: number): void {
    this.#handles.get(worker)?.send({ type: 'assign', slot });
    const message = this.#held.take(worker);
    if (message !== undefined) this.#listen(worker, slot, message);
  }

  /** A worker asks for a listener; one without a slot waits until it has one. */
  asked(worker: number, slot: number, message: ListenMessage): void {
    if (slot !== NO_SLOT) return this.#listen(worker, slot, message);
    this.#held.hold(worker, message);
    this.#host.dispatch({ type: 'spare-loaded', worker });
  }

  /** They are another master's from now on. */
  leave(): void {
    this.#left = true;
  }

  exited(worker: number, report: ExitReport): void {
    if (this.#left) return;
    const { balancer, custody, grants, retirement } = this.#host;
    const pid = this.#handles.get(worker)?.pid ?? null;
    if (pid !== null) this.#setting.hooks.descendants.gone(pid);
    this.#handles.delete(worker);
    grants.askerGone(worker);
    custody.holderGone(worker);
    this.#held.take(worker);
    const slot = this.slotOf(worker);
    this.#host.dispatch({ type: 'worker-exited', worker, ...report });
    if (slot === NO_SLOT) return;
    const left = workersOf(this.#host.state(), slot);
    if (left.some(({ state }) => state === 'ready' || state === 'draining')) return balancer.predecessorGone(slot);
    balancer.slotDied(slot);
    retirement.takeOver();
  }

  /** What they write goes to other files now. */
  tellOfLogs(): void {
    const { output, access } = this.#setting.hooks.logs.descriptors;
    const fds = [output, access].filter((fd) => fd !== null);
    if (fds.length === 0) return;
    const message = { type: 'logs', output: output !== null, access: access !== null } as const;
    for (const handle of this.#handles.values()) handle.send(message, fds);
  }

  slotOf(worker: number): number {
    return this.#host.state().workers.find(({ id }) => id === worker)?.slot ?? NO_SLOT;
  }

  /** Sends a question for figures, and returns how many were asked. */
  askForStats(id: number): number {
    // A spare waits in its listen, and answers nothing.
    const asked = [...this.#handles].filter(([worker]) => this.slotOf(worker) !== NO_SLOT);
    return asked.filter(([, worker]) => worker.send({ type: 'stats-request', id })).length;
  }

  #listen(worker: number, slot: number, message: ListenMessage): void {
    const handle = this.#handles.get(worker);
    if (handle === undefined) return;
    this.#host.grants.listen({ worker, slot, send: (answer, fds) => handle.send(answer, fds) }, message);
  }
}
