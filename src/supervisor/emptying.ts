import type { CustodyEntry } from './custody.js';
import type { Handshakes } from './handshakes.js';
import type { Os } from './os.js';

/** How long handshakes under way may take to end: the SYN-ACK sent again once, and a round trip. */
export const HANDSHAKES_MS = 1_500;
/** First and longest wait between two looks at a queue that others should have emptied. */
const FIRST_MS = 5;
const LONGEST_MS = 100;

export interface EmptyingHost {
  /** Connections that wait in its queue. */
  queued(entry: CustodyEntry): number;
  /** Has others take over what waits for the slot. */
  relieve(slot: number): void;
}

/** Sees to it that others take over what waits in a listener that nobody accepts from, and what has yet to come. */
export class Emptying {
  readonly #handshakes: Handshakes;
  readonly #os: Pick<Os, 'nowMs' | 'timer'>;
  readonly #host: EmptyingHost;
  readonly #cancels = new Set<() => void>();

  constructor(handshakes: Handshakes, os: Pick<Os, 'nowMs' | 'timer'>, host: EmptyingHost) {
    this.#handshakes = handshakes;
    this.#os = os;
    this.#host = host;
  }

  /**
   * Calls `done` when nothing waits in the listener and nothing is on its way to it; earlier when `isOver` says that it is
   * no longer needed, and at the latest after `longestMs`. Perhaps at once.
   */
  begin(entry: CustodyEntry, longestMs: number, isOver: () => boolean, done: () => void): void {
    const untilMs = this.#os.nowMs() + longestMs;
    const left = () => (isOver() ? [] : [entry]);
    const onLook = () => {
      if (!isOver()) this.#host.relieve(entry.slot);
    };
    const onEnded = () => this.whenEmpty(left, untilMs, done);
    this.#handshakes.whenEnded(new Set([entry.info.port]), HANDSHAKES_MS, onEnded, onLook);
  }

  /** Calls `done` when nothing waits in any of the listeners, as they are then, or at `untilMs`; perhaps at once. */
  whenEmpty(entries: () => readonly CustodyEntry[], untilMs: number, done: () => void): void {
    const look = (afterMs: number) => {
      const waiting = entries().filter((entry) => this.#host.queued(entry) > 0);
      if (waiting.length === 0 || this.#os.nowMs() >= untilMs) return done();
      for (const slot of new Set(waiting.map((entry) => entry.slot))) this.#host.relieve(slot);
      const cancel = this.#os.timer(afterMs, () => {
        this.#cancels.delete(cancel);
        look(Math.min(afterMs * 2, LONGEST_MS));
      });
      this.#cancels.add(cancel);
    };
    look(FIRST_MS);
  }

  /** Nothing is called any more. */
  close(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
