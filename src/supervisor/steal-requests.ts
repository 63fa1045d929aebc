/** What was asked of workers that are to take over another's queue, until they have answered. */
export class StealRequests {
  readonly #pending = new Map<number, { slot: number; done: (moved: number) => void }>();
  #nextId = 1;

  /** `ask` sends the request to the worker of `slot`, and returns whether there is one. `done` is told what it took. */
  make(slot: number, ask: (id: number) => boolean, done: (moved: number) => void): boolean {
    const id = this.#nextId++;
    if (!ask(id)) return false;
    this.#pending.set(id, { slot, done });
    return true;
  }

  answered(id: number, connections: number): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.done(connections);
  }

  /** The worker of that slot is gone, and took nothing more. */
  slotDied(slot: number): void {
    for (const [id, request] of this.#pending) if (request.slot === slot) this.answered(id, 0);
  }
}
