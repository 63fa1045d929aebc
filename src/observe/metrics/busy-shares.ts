/**
 * How busy each loop has been between two scrapes. Nothing happens in between: what a loop has run in all is compared with
 * what it had at the scrape before.
 */
interface Baseline {
  atSeconds: number;
  /** By its key: a successor's loop begins anew. */
  loops: ReadonlyMap<string, number>;
}

export interface LoopTime {
  key: string;
  /** How long it has run or waited for a processor since it began. */
  seconds: number;
}

/** Scrapes may follow each other closely, by several who ask: a shorter time tells nothing. */
const SHORTEST_SECONDS = 1;

export class BusyShares {
  #baseline: Baseline | null = null;
  #shares: ReadonlyMap<string, number> = new Map();
  readonly #shortestSeconds: number;

  constructor(shortestSeconds = SHORTEST_SECONDS) {
    this.#shortestSeconds = shortestSeconds;
  }

  /** By the loops' keys, 0 to 1. Not of a loop that is seen for the first time, and of none at the first scrape. */
  read(loops: readonly LoopTime[], nowSeconds: number): ReadonlyMap<string, number> {
    const before = this.#baseline;
    if (before !== null && nowSeconds - before.atSeconds < this.#shortestSeconds) return this.#shares;
    if (before !== null) this.#shares = sharesBetween(before, loops, nowSeconds);
    this.#baseline = { atSeconds: nowSeconds, loops: new Map(loops.map(({ key, seconds }) => [key, seconds])) };
    return this.#shares;
  }
}

function sharesBetween(before: Baseline, loops: readonly LoopTime[], nowSeconds: number): Map<string, number> {
  const shares = new Map<string, number>();
  for (const { key, seconds } of loops) {
    const then = before.loops.get(key);
    if (then === undefined) continue;
    shares.set(key, Math.min(1, Math.max(0, (seconds - then) / (nowSeconds - before.atSeconds))));
  }
  return shares;
}
