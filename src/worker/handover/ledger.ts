interface Noted<T> {
  value: T;
  sinceMs: number;
}

/**
 * The giver's book of one line: which connections are with the receiver, and what its answers mean for them. `Kept` is what
 * stands for a batch from its release to its adoption. Pure.
 */
export class Ledger<T, Kept> {
  /** Not answered. */
  readonly #given = new Map<number, Noted<readonly T[]>>();
  /** Not adopted. */
  readonly #released = new Map<number, Noted<Kept>>();
  #nextId = 1;

  /** Batches that the receiver has not answered. */
  get waiting(): number {
    return this.#given.size;
  }

  /** Their numbers. */
  get waitingIds(): number[] {
    return [...this.#given.keys()];
  }

  /** Batches that the receiver has not adopted, though they were released to it. */
  get unadopted(): number {
    return this.#released.size;
  }

  /** Is any batch with the receiver and not its own yet. */
  get isOpen(): boolean {
    return this.#given.size + this.#released.size > 0;
  }

  /** Notes a batch and returns its number. */
  give(connections: readonly T[], nowMs: number): number {
    const id = this.#nextId++;
    this.#given.set(id, { value: connections, sinceMs: nowMs });
    return id;
  }

  /** The receiver has the first `count`: they are to be released, the rest taken back. null for a batch that is not noted. */
  answered(id: number, count: number): { release: readonly T[]; takeBack: readonly T[] } | null {
    const batch = this.#given.get(id);
    if (batch === undefined) return null;
    this.#given.delete(id);
    return { release: batch.value.slice(0, count), takeBack: batch.value.slice(count) };
  }

  /** It was released, and until it is adopted that is kept for it. */
  released(id: number, kept: Kept, nowMs: number): void {
    this.#released.set(id, { value: kept, sinceMs: nowMs });
  }

  /** The receiver's server has the batch: what was kept for it can go. */
  adopted(id: number): Kept[] {
    const batch = this.#released.get(id);
    this.#released.delete(id);
    return batch === undefined ? [] : [batch.value];
  }

  /** Has an answer been due since `sinceMs`. */
  isOverdue(sinceMs: number): boolean {
    return [...this.#given.values()].some((batch) => batch.sinceMs <= sinceMs);
  }

  /** What is kept for batches whose adoption has been due since `sinceMs`: it is kept no longer. */
  overdueAdoptions(sinceMs: number): Kept[] {
    const ids = [...this.#released].filter(([, batch]) => batch.sinceMs <= sinceMs).map(([id]) => id);
    return ids.flatMap((id) => this.adopted(id));
  }

  /** Everything that was not released is to be taken back: the line has ended, or what is on it is revoked. */
  takeBackAll(): T[] {
    const all = [...this.#given.values()].flatMap(({ value }) => value);
    this.#given.clear();
    return all;
  }

  /** What is kept for batches that are not adopted, when the line ends. */
  endReleased(): Kept[] {
    return this.overdueAdoptions(Infinity);
  }
}
