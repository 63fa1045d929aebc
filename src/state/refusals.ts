/**
 * How many connections each slot has refused (`--max-connections`), behind rows and groups of the state page. Written by loops,
 * and only when they refuse, so eight of them share a line of the cache.
 */
import { REFUSALS_START } from './layout.js';

export class Refusals {
  readonly #counts: BigUint64Array;

  /** Of a state page's buffer. */
  constructor(page: ArrayBuffer) {
    this.#counts = new BigUint64Array(page, REFUSALS_START);
  }

  read(slot: number): number {
    return Number(this.#counts[slot]);
  }

  write(slot: number, count: number): void {
    this.#counts[slot] = BigInt(count);
  }
}
