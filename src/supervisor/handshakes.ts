import type { Addon, Handshake } from '../native/addon.js';
import type { Os } from './os.js';

/** A SYN-ACK that was sent so often got no answer for seven seconds: nobody will come of it. */
const HOPELESS_RETRANSMISSIONS = 3;
/** First and longest wait between two looks: a round trip near by, and one far away. */
const FIRST_MS = 2;
const LONGEST_MS = 50;

/**
 * Waits for handshakes to end. After its SYN a connection belongs to one listener, whatever is chosen for later ones, and
 * comes into that listener's queue a round trip later. The kernel does not say to which listener a handshake belongs; but
 * all that will come to one that gets no new SYNs are among those under way now.
 */
export class Handshakes {
  readonly #addon: Pick<Addon, 'handshakes'>;
  readonly #os: Pick<Os, 'nowMs' | 'timer'>;
  readonly #cancels = new Set<() => void>();

  constructor(addon: Pick<Addon, 'handshakes'>, os: Pick<Os, 'nowMs' | 'timer'>) {
    this.#addon = addon;
    this.#os = os;
  }

  /**
   * Calls `done` when every handshake that is under way on these ports now has ended, at the latest after `boundMs`; at
   * once when there is none. `onLook` is called as long as there are some.
   */
  whenEnded(ports: ReadonlySet<number>, boundMs: number, done: () => void, onLook: () => void = () => {}): void {
    const deadlineMs = this.#os.nowMs() + boundMs;
    let left = this.#underWay(ports);
    const look = (afterMs: number) => {
      if (left.size === 0 || this.#os.nowMs() >= deadlineMs) return done();
      onLook();
      const cancel = this.#os.timer(afterMs, () => {
        this.#cancels.delete(cancel);
        const now = this.#underWay(ports);
        left = new Set([...left].filter((cookie) => now.has(cookie)));
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

  #underWay(ports: ReadonlySet<number>): Set<bigint> {
    const all = [...ports].flatMap((port) => this.#read(port));
    const hopeful = all.filter(({ retransmissions }) => retransmissions < HOPELESS_RETRANSMISSIONS);
    return new Set(hopeful.map(({ cookie }) => cookie));
  }

  #read(port: number): Handshake[] {
    try {
      return this.#addon.handshakes(port);
    } catch {
      // EMFILE, or a kernel without sock_diag: what cannot be seen is not waited for.
      return [];
    }
  }
}
