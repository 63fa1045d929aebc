/** What an operator is told of steering: that it changed, and where and why it is not what was asked for. */
import type { ListenerInfo } from '../native/addon.js';
import type { Logger } from '../observe/log.js';
import type { Choice } from '../steering/choose-policy.js';
import { formatAddress } from './address.js';

const WHY_UNORDERED =
  'listeners were taken over, or others came and went among them, and the kernel tells no order of a group';

export class SteeringNotices {
  readonly #log: Logger;
  /** Addresses on which steering is off. */
  readonly #unordered = new Set<string>();
  /** Failures that have been told. */
  readonly #told = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  changed({ used, why }: Choice): void {
    this.#log.info({ event: 'steering-changed', policy: used }, `steering is ${used} now (${why})`);
  }

  refused({ used, why }: Choice): void {
    this.#log.warn({ event: 'steering-refused', policy: used }, `steering is ${used}: ${why}`);
  }

  collapsed({ used }: Choice, warning: string): void {
    this.#log.warn({ event: 'steering-collapsed', policy: used }, warning);
  }

  /** Whether the order of an address's group is known now; that it is not is said once. */
  ordered(key: string, isOrdered: boolean, policy: string): void {
    if (isOrdered) this.#unordered.delete(key);
    else if (!this.#unordered.has(key)) {
      this.#unordered.add(key);
      const message = `steering ${policy} is off on ${key}, the kernel's hash decides there: ${WHY_UNORDERED}`;
      this.#log.warn({ event: 'steering-off', key }, message);
    }
  }

  /** A group that cannot be steered is served by the kernel's hash: said once aloud, and no reason to end a service. */
  guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      const message = `steering: ${(error as Error).message}; the kernel's hash decides`;
      this.#log[this.#told.has(message) ? 'debug' : 'error']({ event: 'steering-failed' }, message);
      this.#told.add(message);
    }
  }
}

export function sharedSocketWarning(info: Pick<ListenerInfo, 'family' | 'address' | 'port'>): string {
  return (
    `${formatAddress(info)} is one socket, from systemd, that all workers accept from: there is no steering. ` +
    'With ReusePort=yes in the socket unit, and the same user, each worker gets one of its own.'
  );
}
