/** Workers under a load, whose number the real decision changes: every new one serves at once. */
import { judgeSize, type LoopLoad, NO_EXPERIENCE, type SizeRules } from '../../src/supervisor/sizing.js';

const LOOK_MS = 1_000;

export interface SteadyLoad {
  /** Work for processors, in whole loops. */
  computes: number;
  /** Work that blocks loops without a processor. */
  blocks: number;
}

export class SimulatedSize {
  workers: number;
  nowMs = 0;
  /** Each number that there has been, in order. */
  readonly sizes: number[];
  readonly whys: string[] = [];
  readonly #rules: SizeRules;
  #experience = NO_EXPERIENCE;

  constructor(workers: number, rules: SizeRules) {
    this.workers = workers;
    this.sizes = [workers];
    this.#rules = rules;
  }

  look(load: SteadyLoad, times: number, noise: () => number = () => 0): void {
    for (let time = 0; time < times; time += 1) {
      this.nowMs += LOOK_MS;
      const loops = this.#loads(load).map((loop) => ({ ...loop, ran: Math.max(0, loop.ran + noise()) }));
      const queuedMs = (load.computes + load.blocks) / this.loops > 1 ? 2 * LOOK_MS : 0;
      const reading = { loops, queuedMs, held: { grow: false, shrink: false } };
      const { experience, change } = judgeSize(this.#experience, reading, this.#rules, this.nowMs);
      this.#experience = experience;
      if (change === null) continue;
      this.workers = change.workers;
      this.sizes.push(change.workers);
      this.whys.push(change.why);
    }
  }

  get loops(): number {
    return this.workers * this.#rules.threads;
  }

  #loads({ computes, blocks }: SteadyLoad): LoopLoad[] {
    const wanted = Math.min(1, computes / this.loops);
    const ran = Math.min(wanted, this.#rules.processors / this.loops);
    const inTurn = Math.min(1, (computes + blocks) / this.loops);
    return Array.from({ length: this.loops }, () => ({ ran, waited: wanted - ran, inTurn }));
  }
}
