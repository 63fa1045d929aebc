/** How long connections have waited in accept queues, from looks now and then. Pure but for its memory. */

/** The last of those that waited at some look. */
interface Mark {
  /** Accepted when it has left the queue. */
  accepted: number;
  sinceMs: number;
}

export class QueueAges {
  readonly #marks = new Map<number, Mark>();

  /**
   * For how long at the least one of the connections that waited in that queue at an earlier look has not been accepted
   * yet. A queue is served in order.
   */
  look(slot: number, queued: number, accepted: number, nowMs: number): number {
    const mark = this.#marks.get(slot);
    if (queued === 0) this.#marks.delete(slot);
    else if (mark !== undefined && accepted < mark.accepted) return nowMs - mark.sinceMs;
    else this.#marks.set(slot, { accepted: accepted + queued, sinceMs: nowMs });
    return 0;
  }

  forget(): void {
    this.#marks.clear();
  }
}
