import { Spread } from './spread.js';

/** First and longest wait between two looks. */
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

export interface SpreadHost {
  /** Connections that each slot has got so far, of those that take any. */
  connections(): Map<number, number>;
  /** Calls `action` after `afterMs`; the returned function takes it back. */
  timer(afterMs: number, action: () => void): () => void;
  /** Said once for each time that the policy is chosen. */
  warn(warning: string): void;
  /** A policy that reaches every worker here. */
  better(): string;
}

/**
 * Warns when the policy `cpu` does not reach every worker, which its choice depends on the traffic for. Other policies
 * are not looked at.
 */
export class SpreadWatch {
  readonly #host: SpreadHost;
  #spread: Spread | null = null;
  #cancel = () => {};

  constructor(host: SpreadHost) {
    this.#host = host;
  }

  /** The policy is this one from now on. */
  begin(policy: string): void {
    this.stop();
    if (policy !== 'cpu') return;
    this.#spread = new Spread(() => this.#host.connections());
    this.#lookIn(FIRST_MS);
  }

  /** Slots have come or gone. */
  slotsChanged(): void {
    this.#spread?.restart();
  }

  stop(): void {
    this.#cancel();
    this.#spread = null;
  }

  /** null when every worker is reached, as far as can be told. */
  warning(): string | null {
    const reached = this.#spread?.look() ?? null;
    if (reached === null) return null;
    return (
      `steering cpu reaches only ${reached.length === 1 ? 'slot' : 'slots'} ${reached.join(', ')}: no other processor ` +
      'handles packets (loopback, or a network card with fewer queues than workers). ' +
      `Use: reuseport steer ${this.#host.better()}`
    );
  }

  /** Ever more seldom, until it has warned. */
  #lookIn(afterMs: number): void {
    this.#cancel = this.#host.timer(afterMs, () => {
      const warning = this.warning();
      if (warning === null) this.#lookIn(Math.min(afterMs * 2, LONGEST_MS));
      else this.#host.warn(warning);
    });
  }
}
