/**
 * What `ps` shows of a worker. The program does not see it: to itself it has the title that it would have under plain Node,
 * until it sets one, which then is shown.
 */
import type { Addon } from '../native/addon.js';
import { hasOwnTitle, workerTitle } from '../observe/title.js';

export class WorkerTitle {
  readonly #addon: Pick<Addon, 'setTitle'>;
  readonly #name: string;
  readonly #generation: number;
  /** Loops of the worker. */
  readonly #threads: number;
  /** What the program reads. */
  #own = process.title;
  #isOurs = !hasOwnTitle();

  constructor(addon: Pick<Addon, 'setTitle'>, name: string, generation: number, threads: number) {
    this.#addon = addon;
    this.#name = name;
    this.#generation = generation;
    this.#threads = threads;
    if (!this.#isOurs) return;
    Object.defineProperty(process, 'title', {
      configurable: true,
      enumerable: true,
      get: () => this.#own,
      set: (title: unknown) => {
        this.#isOurs = false;
        this.#own = this.#addon.setTitle(String(title));
      },
    });
  }

  show(slot: number | undefined): void {
    if (this.#isOurs) this.#addon.setTitle(workerTitle(slot, this.#threads, this.#generation, this.#name));
  }
}
