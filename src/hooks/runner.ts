/**
 * Calls hooks, one after the other, in a thread of their own: one that throws, hangs, or stands still in a loop is logged by
 * its name, and neither the master nor the hooks to come are kept from their work.
 */
import { Worker } from 'node:worker_threads';
import { formatDuration } from '../config/duration.js';
import type { Logger } from '../observe/log.js';
import type { HookAbout, HookName } from './hooks.js';
import type { HookAnswer, HookCall, HookThreadData } from './protocol.js';

export interface HookOptions {
  /** Of the service. */
  name: string;
  /** Those that the config file has. */
  hooks: readonly HookName[];
  /** null where there is none, and so no hook. */
  configFile: string | null;
  /** Absolute path of what the thread runs. */
  entry: string;
  timeoutMs: number;
}

interface Running {
  readonly id: number;
  /** null: well. */
  ended(why: string | null): void;
}

export class HookRunner {
  readonly #log: Logger;
  readonly #options: HookOptions;
  #thread: Worker | null = null;
  #last: Promise<void> = Promise.resolve();
  #running: Running | null = null;
  #nextId = 1;

  constructor(log: Logger, options: HookOptions) {
    this.#log = log;
    this.#options = options;
  }

  /** Settles when it has ended in whatever way; a hook that the config file does not have, at once. Never rejects. */
  call<Name extends HookName>(hook: Name, about: Omit<HookAbout<Name>, 'name'>): Promise<void> {
    if (!this.#options.hooks.includes(hook)) return Promise.resolve();
    this.#last = this.#last.then(async () => {
      const why = await this.#run(hook, { name: this.#options.name, ...about });
      if (why !== null) this.#say(hook, why);
    });
    return this.#last;
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    await thread?.terminate();
  }

  #say(hook: HookName | null, why: string): void {
    const [what = '', ...stack] = why.split('\n');
    const fields = stack.length === 0 ? {} : { stack: why };
    const who = hook === null ? 'hooks' : `hook ${hook}`;
    this.#log.error({ event: 'hook-failed', code: 'ERR_HOOK', hook, ...fields }, `${who}: ${what}`);
  }

  /** Why it failed; null when it did not. */
  #run(hook: HookName, about: unknown): Promise<string | null> {
    const { timeoutMs } = this.#options;
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const overdue = setTimeout(() => {
        void this.close();
        this.#running?.ended(`it is ended, because it took longer than ${formatDuration(timeoutMs)} (hookTimeout)`);
      }, timeoutMs);
      const ended = (why: string | null) => {
        clearTimeout(overdue);
        this.#running = null;
        resolve(why);
      };
      this.#running = { id, ended };
      try {
        this.#thread ??= this.#start();
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port is no window
        this.#thread.postMessage({ id, hook, about } satisfies HookCall);
      } catch (error) {
        ended((error as Error).message);
      }
    });
  }

  #start(): Worker {
    const workerData: HookThreadData = { configFile: this.#options.configFile ?? '' };
    const thread = new Worker(this.#options.entry, { workerData, name: 'reuseport-hooks' });
    let uncaught: string | null = null;
    thread.unref();
    thread.on('message', ({ id, error }: HookAnswer) => {
      if (this.#running?.id === id) this.#running.ended(error);
    });
    thread.on('error', (error) => (uncaught = error.stack ?? error.message));
    thread.on('exit', (code) => {
      if (this.#thread !== thread) return;
      this.#thread = null;
      const why = uncaught ?? `its thread has ended with exit code ${code}`;
      if (this.#running === null) this.#say(null, why);
      else this.#running.ended(why);
    });
    return thread;
  }
}
