import type { CustodyEntry } from './custody.js';
import type { Handshakes } from './handshakes.js';
import type { Os } from './os.js';

/** How long handshakes under way may take to end: the SYN-ACK sent again once, and a round trip. */
export const HANDSHAKES_MS = 1_500;
/** First and longest wait between two looks at a queue that others should have emptied. */
const FIRST_MS = 5;
const LONGEST_MS = 50;

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

  /**
   * The same for a slot whose next worker is on its way, where it need not be known when the last handshake has ended: looks
   * as long as one may last. The kernel goes through all connections of the machine to tell of handshakes, which can take as
   * long as a spare needs to serve; this process would hear of it only afterwards.
   */
  bridge(entry: CustodyEntry, longestMs: number, isOver: () => boolean, done: () => void): void {
    const nowMs = this.#os.nowMs();
    const left = () => (isOver() ? [] : [entry]);
    this.whenEmpty(left, nowMs + longestMs, done, nowMs + Math.min(HANDSHAKES_MS, longestMs));
  }

  /**
   * Calls `done` when nothing waits in any of the listeners, as they are then, and there are none or it is `notBeforeMs`; at
   * `untilMs` in any case. Perhaps at once.
   */
  whenEmpty(entries: () => readonly CustodyEntry[], untilMs: number, done: () => void, notBeforeMs = 0): void {
    const look = (afterMs: number) => {
      const left = entries();
      const waiting = left.filter((entry) => this.#host.queued(entry) > 0);
      const nowMs = this.#os.nowMs();
      const isEmpty = waiting.length === 0 && (left.length === 0 || nowMs >= notBeforeMs);
      if (isEmpty || nowMs >= untilMs) return done();
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
