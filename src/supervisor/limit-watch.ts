/** Looks once a second what the workers have used up, when there is a limit to it: the requests in the page, RSS in /proc. */
import { limitReached } from './limits.js';
import type { Os } from './os.js';
import { type SupervisorState, workersOf } from './state.js';

const LOOK_MS = 1_000;

export interface LimitHost {
  state(): SupervisorState;
  /** Requests that the worker with this first slot has served, as its loops publish them. */
  requestsOf(slot: number): number;
  onReached(worker: number, because: string): void;
}

export class LimitWatch {
  readonly #os: Os;
  readonly #host: LimitHost;

  /** Does nothing, at no cost, where neither requests nor memory are limited. Returns what ends it. */
  static start(os: Os, host: LimitHost): () => void {
    const { maxRequests, maxRssBytes } = host.state().settings.limits;
    if (maxRequests === 0 && maxRssBytes === 0) return () => {};
    const watch = new LimitWatch(os, host);
    return os.every(LOOK_MS, () => watch.#look());
  }

  private constructor(os: Os, host: LimitHost) {
    this.#os = os;
    this.#host = host;
  }

  #look(): void {
    const state = this.#host.state();
    const { limits } = state.settings;
    for (const worker of state.workers) {
      // While a predecessor drains, both write the rows of the slots.
      const isAlone = workersOf(state, worker.slot).length === 1;
      if (worker.state !== 'ready' || worker.recycle !== null || worker.pid === null || !isAlone) continue;
      const requests = this.#host.requestsOf(worker.slot);
      const rssBytes = limits.maxRssBytes === 0 ? null : this.#os.rssBytes(worker.pid);
      const because = limitReached(limits, worker.id, { requests, rssBytes });
      if (because !== null) this.#host.onReached(worker.id, because);
    }
  }
}
