/**
 * A worker with several event loops: one in the main thread, the others in threads that load this bootstrap and run the
 * program as it does. What they must know of each other is in memory that they share.
 */
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { CHANNEL_VARIABLE, THREAD_VARIABLE } from './names.js';
import { receiveSignals, sendSignal, watchSignals, whenChanged } from './relayed-signals.js';

/** Of the data that Node hands to threads at their start. */
const SHARED_KEY = 'reuseport.loops';
/** What a loop is doing. */
const BEGINS = 0;
const RUNS = 1;
const DRAINS = 2;
/** After these a loop may end alone. */
const ENDING_SIGNALS: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGTERM', 'SIGQUIT']);

/** Loaded only where there are threads: it takes more than a millisecond. */
const threads = () => process.getBuiltinModule('node:worker_threads');

export class SiblingLoops {
  /** How many loops are ready; then what each is doing; then the signals for each. */
  readonly #shared: Int32Array;
  readonly #thread: number;
  readonly #living = new Map<number, Worker>();
  /** The program was told to end by a signal. */
  #isEnding = false;
  #onEnded: (() => void)[] = [];

  private constructor(shared: Int32Array, thread: number) {
    this.#shared = shared;
    this.#thread = thread;
    Atomics.store(shared, 1 + thread, RUNS);
  }

  /**
   * Of the main thread: starts the others. The end of one is the end of the process, unless it drains.
   *
   * @param variables for all of them, beside those of this process
   * @param id what node:cluster calls the first loop of this worker
   */
  static start(channelFds: readonly number[], variables: Record<string, string>, id: number): SiblingLoops {
    const { Worker: Thread, setEnvironmentData } = threads();
    const shared = new Int32Array(new SharedArrayBuffer(4 * (1 + 2 * channelFds.length)));
    const loops = new SiblingLoops(shared, 0);
    setEnvironmentData(SHARED_KEY, shared);
    for (const [thread, channelFd] of channelFds.entries()) {
      if (thread === 0) continue;
      const env = {
        ...process.env,
        ...variables,
        NODE_UNIQUE_ID: String(id + thread),
        [CHANNEL_VARIABLE]: String(channelFd),
        [THREAD_VARIABLE]: String(thread),
      };
      loops.#watch(new Thread(process.argv[1] ?? '', { argv: process.argv.slice(2), env }), thread);
    }
    // The program's own threads get nothing of it.
    setEnvironmentData(SHARED_KEY, undefined);
    watchSignals((signal) => loops.#relay(signal));
    return loops;
  }

  /** Of the thread with that number; null in one that a thread of ours has started, which inherits its variables. */
  static join(thread: number): SiblingLoops | null {
    const shared = threads().getEnvironmentData(SHARED_KEY);
    if (!(shared instanceof Int32Array) || Atomics.load(shared, 1 + thread) !== BEGINS) return null;
    const loops = new SiblingLoops(shared, thread);
    receiveSignals(shared, loops.#signalsAt(thread));
    return loops;
  }

  get count(): number {
    return (this.#shared.length - 1) / 2;
  }

  /** This loop is ready; calls `action` when all are. Until then its predecessor serves, and writes its row. */
  ready(action: () => void): void {
    const ready = Atomics.add(this.#shared, 0, 1) + 1;
    if (ready === this.count) Atomics.notify(this.#shared, 0);
    this.#whenReady(action);
  }

  /** From now on this loop may end alone. */
  drains(): void {
    Atomics.store(this.#shared, 1 + this.#thread, DRAINS);
  }

  /** Resolves when no other loop is left that would end with this one. */
  async othersEnded(): Promise<void> {
    for (const worker of this.#living.values()) worker.ref();
    if (this.#living.size > 0) await new Promise<void>((resolve) => this.#onEnded.push(resolve));
  }

  #whenReady(action: () => void): void {
    const ready = Atomics.load(this.#shared, 0);
    if (ready === this.count) return action();
    whenChanged(this.#shared, 0, ready, () => this.#whenReady(action));
  }

  #signalsAt(thread: number): number {
    return 1 + this.count + thread;
  }

  #relay(signal: NodeJS.Signals): void {
    this.#isEnding ||= ENDING_SIGNALS.has(signal);
    for (const thread of this.#living.keys()) sendSignal(this.#shared, this.#signalsAt(thread), signal);
  }

  #watch(worker: Worker, thread: number): void {
    this.#living.set(thread, worker);
    // The program's main thread ends when it has nothing more to do, as its process would.
    worker.unref();
    worker.on('error', (error) => {
      writeSync(2, `Uncaught in thread ${thread} of worker process ${process.pid}:\n${inspect(error)}\n`);
    });
    worker.on('exit', (code) => {
      this.#living.delete(thread);
      const isAsked = Atomics.load(this.#shared, 1 + thread) === DRAINS || (this.#isEnding && code === 0);
      if (!isAsked) process.exit(code);
      if (this.#living.size === 0) for (const resolve of this.#onEnded.splice(0)) resolve();
    });
  }
}
