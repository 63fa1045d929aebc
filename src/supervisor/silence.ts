import type { Addon } from '../native/addon.js';
import type { Logger } from '../observe/log.js';
import type { CustodyEntry } from './custody.js';

/** Listeners with which no new handshake is to begin, though the kernel may choose them. */
export class Silence {
  readonly #addon: Addon;
  readonly #log: Logger;
  readonly #entries = new Set<CustodyEntry>();

  constructor(addon: Addon, log: Logger) {
    this.#addon = addon;
    this.#log = log;
  }

  /**
   * From now on the listener drops the SYNs that reach it, if this user may say so: who is dropped tries again after a
   * second, which is better than to be let in and reset.
   */
  begin(entry: CustodyEntry): void {
    if (this.#entries.has(entry)) return;
    if (this.#attempt(entry, () => this.#addon.ignoreSyns(entry.fd, true))) this.#entries.add(entry);
  }

  /** Of another master, which may have ended in the midst of a drain. */
  clear(entry: CustodyEntry): void {
    this.#attempt(entry, () => this.#addon.ignoreSyns(entry.fd, false));
  }

  /** Those whose slot serves again take new connections. */
  endWhere(isServing: (slot: number) => boolean): void {
    for (const entry of this.#entries) {
      if (!isServing(entry.slot)) continue;
      this.#attempt(entry, () => this.#addon.ignoreSyns(entry.fd, false));
      this.#entries.delete(entry);
    }
  }

  /** For good: whoever comes to one of these is refused. They must be all of their groups. */
  refuse(entries: readonly CustodyEntry[]): void {
    for (const entry of entries) this.#attempt(entry, () => this.#addon.refuseSyns(entry.fd));
  }

  /** The listener is closed. */
  forget(entry: CustodyEntry): void {
    this.#entries.delete(entry);
  }

  #attempt({ slot }: CustodyEntry, action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      this.#log.debug({ event: 'not-silenced', slot }, `slot ${slot}: ${(error as Error).message}`);
      return false;
    }
  }
}
