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
import { type LoopReport, loopId, slotOfLoop, threadOfLoop, workerOfLoop } from './threads.js';
import { welcomesTo } from './welcome.js';
import { type WorkerHandle, WorkerProcess } from './worker-process.js';

export interface WorkersHost {
  custody: Custody;
  balancer: Balancer;
  grants: Grants;
  retirement: Retirement;
  /** With a worker for each loop. */
  state(): SupervisorState;
  /** As it is decided about. */
  processes(): SupervisorState;
  dispatch(event: SupervisorEvent): void;
  report(report: LoopReport): void;
  onMessage(worker: number, slot: number, message: ToMaster, fds: number[]): void;
}

export class Workers {
  readonly #setting: MasterSetting;
  /** By the ids of the loops. */
  readonly #handles: Map<number, WorkerHandle>;
  readonly #host: WorkersHost;
  /** Of spares. */
  readonly #held = new HeldRequests();
  readonly #threads: number;
  #left = false;

  constructor(setting: MasterSetting, handles: Map<number, WorkerHandle>, host: WorkersHost) {
    this.#setting = setting;
    this.#handles = handles;
    this.#host = host;
    this.#threads = setting.options.supervisor.threads;
  }

  spawn(effect: Extract<Effect, { type: 'spawn' }>): void {
    const { worker, slot } = effect;
    const { fd, wakeFd } = this.#host.balancer.page;
    const { addon, os, log, options, hooks } = this.#setting;
    const mark = hooks.descendants.newMark();
    const id = slot === NO_SLOT ? MAX_SLOTS + loopId(worker, 0, this.#threads) : slot;
    try {
      const started = new WorkerProcess(
        {
          addon,
          os,
          welcomes: welcomesTo(effect, this.#threads, options.worker),
          fds: { page: [fd, wakeFd], access: hooks.logs.descriptors.access },
          withStack: options.hangTimeoutMs > 0,
          request: (channelFds) => ({
            ...spawnRequest(options.launch, id + 1, channelFds, mark),
            outputFd: hooks.logs.descriptors.output,
          }),
        },
        (thread) => {
          const loop = loopId(worker, thread, this.#threads);
          return {
            onMessage: (message, fds) => this.#host.onMessage(loop, this.slotOf(loop), message, fds),
            onBadMessage: (message) => log.warn({ slot, event: 'bad-message' }, message),
            onEnd: () => this.loopEnded(loop),
          };
        },
        (report) => this.exited(worker, report),
      );
      for (const [thread, loop] of started.loops.entries()) {
        this.#handles.set(loopId(worker, thread, this.#threads), loop);
      }
      if (started.pid === null) return;
      hooks.descendants.started(started.pid, mark);
      this.#host.dispatch({ type: 'spawned', worker, pid: started.pid });
    } catch (error) {
      // EMFILE, ENOMEM and their like: tried again after the back-off.
      this.exited(worker, { code: null, signal: null, error: (error as Error).message });
    }
  }

  signal(worker: number, signal: NodeJS.Signals): void {
    this.#handles.get(loopId(worker, 0, this.#threads))?.signal(signal);
  }

  /** A spare gets its slots, and with them the answers that its loops wait for. */
  assign(worker: number, slot: number): void {
    for (const [thread, loop] of this.#loopsOf(worker).entries()) {
      const own = slotOfLoop(slot, thread);
      this.#handles.get(loop)?.send({ type: 'assign', slot: own });
      const message = this.#held.take(loop);
      if (message !== undefined) this.#listen(loop, own, message);
    }
  }

  /** A loop asks for a listener; one without a slot waits until it has one. */
  asked(loop: number, slot: number, message: ListenMessage): void {
    if (slot !== NO_SLOT) return this.#listen(loop, slot, message);
    this.#held.hold(loop, message);
    this.#host.report({ type: 'spare-loaded', worker: loop });
  }

  /** They are another master's from now on. */
  leave(): void {
    this.#left = true;
  }

  exited(worker: number, report: ExitReport): void {
    if (this.#left) return;
    const loops = this.#loopsOf(worker);
    const pid = loops.map((loop) => this.#handles.get(loop)?.pid ?? null).find((known) => known !== null) ?? null;
    if (pid !== null) this.#setting.hooks.descendants.gone(pid);
    for (const loop of loops) {
      this.#handles.delete(loop);
      this.#letGo(loop);
    }
    const first = this.#host.processes().workers.find(({ id }) => id === worker)?.slot ?? NO_SLOT;
    this.#host.dispatch({ type: 'worker-exited', worker, ...report });
    if (first !== NO_SLOT) this.#concludeOf(loops.map((_, thread) => first + thread));
  }

  /** A loop of several has ended, in its drain, or because it failed. The handle stays: the process lives. */
  loopEnded(loop: number): void {
    if (this.#left || this.#threads === 1) return;
    const worker = workerOfLoop(loop, this.#threads);
    const slots = this.#loopsOf(worker).map((each) => this.slotOf(each));
    this.#letGo(loop);
    this.#host.dispatch({ type: 'loop-ended', worker, thread: threadOfLoop(loop, this.#threads) });
    this.#concludeOf(slots.filter((slot) => slot !== NO_SLOT));
  }

  #letGo(loop: number): void {
    const { custody, grants } = this.#host;
    grants.askerGone(loop);
    custody.holderGone(loop);
    this.#held.take(loop);
  }

  #concludeOf(slots: readonly number[]): void {
    const { balancer, retirement } = this.#host;
    const state = this.#host.state();
    let isDeserted = false;
    for (const slot of slots) {
      const left = workersOf(state, slot);
      if (left.some(({ state: now }) => now === 'ready' || now === 'draining')) {
        balancer.predecessorGone(slot);
        continue;
      }
      balancer.slotDied(slot);
      isDeserted = true;
    }
    if (isDeserted) retirement.takeOver();
  }

  /** What they write goes to other files now. */
  tellOfLogs(): void {
    const { output, access } = this.#setting.hooks.logs.descriptors;
    const fds = [output, access].filter((fd) => fd !== null);
    if (fds.length === 0) return;
    const message = { type: 'logs', output: output !== null, access: access !== null } as const;
    for (const handle of this.#handles.values()) handle.send(message, fds);
  }

  /** Of a loop. */
  slotOf(loop: number): number {
    const worker = workerOfLoop(loop, this.#threads);
    const first = this.#host.processes().workers.find(({ id }) => id === worker)?.slot ?? NO_SLOT;
    return slotOfLoop(first, threadOfLoop(loop, this.#threads));
  }

  #loopsOf(worker: number): number[] {
    return Array.from({ length: this.#threads }, (_, thread) => loopId(worker, thread, this.#threads));
  }

  /** Sends a question for figures, and returns how many were asked. */
  askForStats(id: number): number {
    // A spare waits in its listen, and answers nothing.
    const asked = [...this.#handles].filter(([loop]) => this.slotOf(loop) !== NO_SLOT);
    return asked.filter(([, loop]) => loop.send({ type: 'stats-request', id })).length;
  }

  #listen(worker: number, slot: number, message: ListenMessage): void {
    const handle = this.#handles.get(worker);
    if (handle === undefined) return;
    this.#host.grants.listen({ worker, slot, send: (answer, fds) => handle.send(answer, fds) }, message);
  }
}
