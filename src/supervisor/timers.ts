import type { Os } from './os.js';

/** Timers by name: arming one again replaces it. */
export class Timers {
  readonly #os: Os;
  readonly #cancels = new Map<string, () => void>();

  constructor(os: Os) {
    this.#os = os;
  }

  arm(name: string, afterMs: number, action: () => void): void {
    this.disarm(name);
    const fire = () => {
      this.#cancels.delete(name);
      action();
    };
    this.#cancels.set(name, this.#os.timer(afterMs, fire));
  }

  disarm(name: string): void {
    this.#cancels.get(name)?.();
    this.#cancels.delete(name);
  }

  disarmAll(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
