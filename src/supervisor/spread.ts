/** Does a policy that knows nothing of the workers reach all of them. */

/** Fewer connections for each slot say nothing. */
const ENOUGH_EACH = 32;
/** A slot that gets less than this part of its fair share is not reached. */
const REACHED_SHARE = 1 / 8;

/** The slots that were reached, when others were not; null when all were, or when it is too early to tell. Pure. */
export function reachedOnly(counts: ReadonlyMap<number, number>): number[] | null {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (counts.size < 2 || total < ENOUGH_EACH * counts.size) return null;
  const least = (total / counts.size) * REACHED_SHARE;
  const reached = [...counts].filter(([, count]) => count >= least).map(([slot]) => slot);
  return reached.length === counts.size ? null : reached;
}

/** Looks at counters now and then, and judges what they have grown by. */
export class Spread {
  readonly #read: () => Map<number, number>;
  #first = new Map<number, number>();
  #last = this.#first;

  /** `read`: how many connections each slot that takes any has got so far. */
  constructor(read: () => Map<number, number>) {
    this.#read = read;
    this.restart();
  }

  /** The slots are others now: what they got before says nothing. */
  restart(): void {
    this.#first = this.#read();
    this.#last = this.#first;
  }

  /** As {@link reachedOnly}, since the slots were last others, or one of them began to count anew. */
  look(): number[] | null {
    const now = this.#read();
    const goesOn = [...now].every(([slot, count]) => count >= (this.#last.get(slot) ?? Infinity));
    if (!goesOn) this.#first = now;
    this.#last = now;
    return reachedOnly(new Map([...now].map(([slot, count]) => [slot, count - (this.#first.get(slot) ?? 0)])));
  }
}
