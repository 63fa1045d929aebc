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

  /** `ask` sends the question and returns how many were asked. */
  async read(ask: (id: number) => number): Promise<Map<number, WorkerStats>> {
    const id = this.#nextId++;
    const figures = new Map<number, WorkerStats>();
    const asked = ask(id);
    if (asked === 0) return figures;
    await new Promise<void>((resolve) => {
      const cancel = this.#os.timer(STATS_TIMEOUT_MS, resolve);
      this.#waiting.set(id, (worker, stats) => {
        figures.set(worker, stats);
        if (figures.size < asked) return;
        cancel();
        resolve();
      });
    });
    this.#waiting.delete(id);
    return figures;
  }

  answered(id: number, worker: number, stats: WorkerStats): void {
    this.#waiting.get(id)?.(worker, stats);
  }
}
