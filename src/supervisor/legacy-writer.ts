/** Writes down what the next master is to know, each time that it changes: this one may be killed at any moment. */
import type { Balancer } from './balancer.js';
import type { Legacy } from './legacy.js';
import type { LiveChanges } from './live-changes.js';

export interface LegacyWriterHost {
  live(): LiveChanges;
  balancer(): Balancer;
  /** Does the service neither start nor stop. */
  isRunning(): boolean;
  write(legacy: Legacy): void;
}

export class LegacyWriter {
  readonly #host: LegacyWriterHost;

  constructor(host: LegacyWriterHost) {
    this.#host = host;
  }

  get now(): Legacy {
    return { ...this.#host.live().legacy, orders: this.#host.balancer().orders };
  }

  write(): void {
    if (this.#host.isRunning()) this.#host.write(this.now);
  }

  /** Changes the order of a group. Killed in the middle of it, this master leaves no order rather than a wrong one. */
  reorder(key: string, change: () => void): void {
    const { now } = this;
    if (this.#host.isRunning()) this.#host.write({ ...now, orders: now.orders.filter(([other]) => other !== key) });
    try {
      change();
    } finally {
      this.write();
    }
  }
}
