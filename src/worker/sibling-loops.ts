/**
 * A worker with several event loops: one in the main thread, the others in threads that load this bootstrap and run the
 * program as it does. What they must know of each other is in memory that they share.
 */
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import type { Worker } from 'node:worker_threads';
import { CHANNEL_VARIABLE, THREAD_VARIABLE } from './names.js';

/** Of the data that Node hands to threads at their start. */
const SHARED_KEY = 'reuseport.loops';
/** What a loop is doing. */
const BEGINS = 0;
const RUNS = 1;
const DRAINS = 2;

/** Of ECMAScript 2024, and of V8 since 8.7. */
const { waitAsync } = Atomics as unknown as {
  waitAsync(memory: Int32Array, index: number, value: number): { value: string | Promise<string> };
};

/** Loaded only where there are threads: it takes more than a millisecond. */
const threads = () => process.getBuiltinModule('node:worker_threads');

export class SiblingLoops {
  /** How many loops are ready, and then what each is doing. */
  readonly #shared: Int32Array;
  readonly #thread: number;
  readonly #living = new Set<Worker>();
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
    const shared = new Int32Array(new SharedArrayBuffer(4 * (1 + channelFds.length)));
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
    return loops;
  }

  /** Of the thread with that number; null in one that a thread of ours has started, which inherits its variables. */
  static join(thread: number): SiblingLoops | null {
    const shared = threads().getEnvironmentData(SHARED_KEY);
    if (!(shared instanceof Int32Array) || thread >= shared.length - 1) return null;
    return Atomics.load(shared, 1 + thread) === BEGINS ? new SiblingLoops(shared, thread) : null;
  }

  get count(): number {
    return this.#shared.length - 1;
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
    for (const worker of this.#living) worker.ref();
    if (this.#living.size > 0) await new Promise<void>((resolve) => this.#onEnded.push(resolve));
  }

  #whenReady(action: () => void): void {
    const ready = Atomics.load(this.#shared, 0);
    if (ready === this.count) return action();
    const { value } = waitAsync(this.#shared, 0, ready);
    // 'not-equal': one more has become ready in between.
    if (typeof value === 'string') this.#whenReady(action);
    else void value.then(() => this.#whenReady(action));
  }

  #watch(worker: Worker, thread: number): void {
    this.#living.add(worker);
    // The program's main thread ends when it has nothing more to do, as its process would.
    worker.unref();
    worker.on('error', (error) => {
      writeSync(2, `Uncaught in thread ${thread} of worker process ${process.pid}:\n${inspect(error)}\n`);
    });
    worker.on('exit', (code) => {
      this.#living.delete(worker);
      if (Atomics.load(this.#shared, 1 + thread) !== DRAINS) process.exit(code);
      if (this.#living.size === 0) for (const resolve of this.#onEnded.splice(0)) resolve();
    });
  }
}
