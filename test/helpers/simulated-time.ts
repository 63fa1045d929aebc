/** A clock that goes only when told, for decisions that wait. */
interface Timer {
  dueMs: number;
  action: () => void;
}

export class SimulatedTime {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  nowMs(): number {
    return this.#nowMs;
  }

  timer(afterMs: number, action: () => void): () => void {
    const timer = { dueMs: this.#nowMs + afterMs, action };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** As `Os.every`: again and again, until the function that it returns is called. */
  every(everyMs: number, action: () => void): () => void {
    let cancel: (() => void) | null = null;
    const again = () => {
      cancel = this.timer(everyMs, () => {
        again();
        action();
      });
    };
    again();
    return () => cancel?.();
  }

  /** How many timers wait. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Lets time pass, and every timer fire that becomes due. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ dueMs }) => dueMs <= endMs).toSorted((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#nowMs = next.dueMs;
      next.action();
    }
    this.#nowMs = endMs;
  }
}
