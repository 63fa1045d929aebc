/** One loop's own line in the state page. */
import { ReuseportError } from '../errors.js';
import type { LoopProbeOptions, NativeLoopProbe } from '../native/kernel-addon.js';
import { loadAddon } from '../native/load.js';
import { offsetOf } from './layout.js';

/**
 * Publishes what the event loop of this thread does into the row of its slot, by plain stores: since when it has been in its
 * turn, when it last polled, its turns, the longest, and how many connections it has accepted. Costs a clock read in each
 * turn, and no system call but one TCP_INFO for each listener in turns after the kernel assigned something.
 */
export class RowPublisher {
  readonly slot: number;
  readonly #probe: NativeLoopProbe;
  readonly #words: Uint32Array;
  #running = true;

  private constructor(options: LoopProbeOptions, probe: NativeLoopProbe) {
    this.slot = options.slot;
    this.#probe = probe;
    loadAddon().publishAccepts(options.page, options.slot);
    this.#words = new Uint32Array(options.page);
  }

  /** @throws ReuseportError ERR_ARGUMENT when the loop of this thread is published already */
  static start(options: LoopProbeOptions): RowPublisher {
    const addon = loadAddon();
    try {
      return new RowPublisher(options, new addon.LoopProbe(options));
    } catch (cause) {
      if (!(cause instanceof Error) || !/has one already/.test(cause.message)) throw cause;
      const message =
        `slot ${options.slot}: the loop of this thread is published already, as another slot or in another page. ` +
        'A loop is one slot: stop() that publisher first, or use another thread.';
      throw new ReuseportError('ERR_ARGUMENT', message, { cause, fields: { slot: options.slot } });
    }
  }

  /** `epoll`: every return from epoll_pwait is seen. `prepare`: only that the loop turns; the row never says busy. */
  get mode(): 'epoll' | 'prepare' {
    return this.#probe.mode;
  }

  /** Why the mode is not `epoll`; null when it is. */
  get why(): string | null {
    return this.#probe.why;
  }

  get running(): boolean {
    return this.#running;
  }

  /** The descriptors of the slot's listeners, whose queues make `accepted` exact; replaces the former. Not owned. */
  setListeners(fds: readonly number[]): void {
    this.#probe.setListeners(fds);
  }

  /** Connections that the slot has open, 0 to 2^32-1. */
  setOpenConnections(count: number): void {
    this.#words[offsetOf(this.slot, 'openConnections') / 4] = count;
  }

  setRequests(count: number): void {
    this.#setLong('requests', count);
  }

  /** Connections that the servers of the slot were given in all, in whichever way. */
  setConnections(count: number): void {
    this.#setLong('connections', count);
  }

  /** The row is left as it is, and says polling. Idempotent. */
  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    loadAddon().publishAccepts(null, this.slot);
    this.#probe.stop();
  }

  /** Without an allocation, which a BigUint64Array would cost each time. */
  #setLong(field: 'requests' | 'connections', count: number): void {
    const index = offsetOf(this.slot, field) / 4;
    this.#words[index] = count;
    this.#words[index + 1] = Math.floor(count / 0x1_0000_0000);
  }
}
