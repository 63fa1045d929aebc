interface Batch<T> {
  connections: readonly T[];
  sinceMs: number;
}

/** The giver's book of one line: which connections are with the receiver, and what its answer means for them. Pure. */
export class Ledger<T> {
  readonly #batches = new Map<number, Batch<T>>();
  #nextId = 1;

  /** Batches that the receiver has not answered. */
  get waiting(): number {
    return this.#batches.size;
  }

  /** Their numbers. */
  get waitingIds(): number[] {
    return [...this.#batches.keys()];
  }

  /** Notes a batch and returns its number. */
  give(connections: readonly T[], nowMs: number): number {
    const id = this.#nextId++;
    this.#batches.set(id, { connections, sinceMs: nowMs });
    return id;
  }

  /** The receiver has the first `count`: they are to be released, the rest taken back. null for a batch that is not noted. */
  answered(id: number, count: number): { release: readonly T[]; takeBack: readonly T[] } | null {
    const batch = this.#batches.get(id);
    if (batch === undefined) return null;
    this.#batches.delete(id);
    return { release: batch.connections.slice(0, count), takeBack: batch.connections.slice(count) };
  }

  /** Has an answer been due since `sinceMs`. */
  isOverdue(sinceMs: number): boolean {
    return [...this.#batches.values()].some((batch) => batch.sinceMs <= sinceMs);
  }

  /** Everything that was not released is to be taken back: the line has ended, or what is on it is revoked. */
  takeBackAll(): T[] {
    const all = [...this.#batches.values()].flatMap(({ connections }) => connections);
    this.#batches.clear();
    return all;
  }
}
