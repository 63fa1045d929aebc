import type { WorkerStats } from '../channel/messages.js';
import type { Os } from './os.js';

/** How long `status` waits for the workers' figures; a loop that does not turn in that time is left out. */
const STATS_TIMEOUT_MS = 500;

/** Questions for the workers' figures that are under way. */
export class StatsRequests {
  readonly #os: Os;
  readonly #waiting = new Map<number, (worker: number, stats: WorkerStats) => void>();
  #nextId = 1;

  constructor(os: Os) {
    this.#os = os;
  }

  /** `ask` sends the question and returns how many were asked; so in the next. */
  async read(ask: (id: number) => number, withinMs = STATS_TIMEOUT_MS): Promise<Map<number, WorkerStats>> {
    return new Promise((resolve) => {
      const settle = () => {
        cancel();
        resolve(close());
      };
      const { figures, asked, close } = this.collect(ask, () => {
        if (figures.size >= asked) settle();
      });
      const cancel = this.#os.timer(withinMs, settle);
      if (asked === 0) settle();
    });
  }

  /** Figures as they come, until `close` is called, which returns them. */
  collect(ask: (id: number) => number, onMore: () => void = () => {}) {
    const id = this.#nextId++;
    const figures = new Map<number, WorkerStats>();
    this.#waiting.set(id, (worker, stats) => {
      figures.set(worker, stats);
      onMore();
    });
    const close = () => {
      this.#waiting.delete(id);
      return figures;
    };
    return { figures, asked: ask(id), close };
  }

  answered(id: number, worker: number, stats: WorkerStats): void {
    this.#waiting.get(id)?.(worker, stats);
  }
}
