/**
 * The master's dups of the workers' listeners: they keep a listener and its accept queue alive while its worker dies or
 * is replaced. One descriptor per slot and address; unix-domain sockets are shared by all slots.
 */
import type { Addon, ListenerInfo } from '../native/addon.js';
import { SocketFile } from './socket-file.js';

/** The slot under which shared listeners are kept. */
export const SHARED_SLOT = -1;

export interface CustodyEntry {
  slot: number;
  key: string;
  fd: number;
  /** As it was when it came into custody; the queue's figures are read anew with {@link Custody.read}. */
  info: ListenerInfo;
  ipv6Only: boolean;
  /** Workers, by id, that serve on it. */
  holders: Set<number>;
  /** Of a unix-domain listener that has one. */
  file: SocketFile | null;
}

export class Custody {
  readonly #addon: Addon;
  readonly #onClosed: (entry: CustodyEntry) => void;
  readonly #entries = new Map<string, CustodyEntry>();

  /** `onClosed` is called after a descriptor of custody has been closed. */
  constructor(addon: Addon, onClosed: (entry: CustodyEntry) => void = () => {}) {
    this.#addon = addon;
    this.#onClosed = onClosed;
  }

  find(slot: number, key: string): CustodyEntry | undefined {
    return this.#entries.get(`${slot}/${key}`);
  }

  all(): CustodyEntry[] {
    return [...this.#entries.values()];
  }

  /** Takes `fd` over. */
  keep(slot: number, key: string, fd: number, ipv6Only: boolean, holder: number): CustodyEntry {
    this.#close(this.find(slot, key));
    const info = this.#addon.listenerInfo(fd);
    // By its key, because what was bound may have been a relative path.
    const file = info.family === 'unix' && key.startsWith('unix:/') ? new SocketFile(key.slice('unix:'.length)) : null;
    const entry: CustodyEntry = { slot, key, fd, info, ipv6Only, holders: new Set([holder]), file };
    this.#entries.set(`${slot}/${key}`, entry);
    return entry;
  }

  /** The worker closed its copy of this listener. */
  released(slot: number, key: string, holder: number): void {
    this.find(slot, key)?.holders.delete(holder);
    this.find(SHARED_SLOT, key)?.holders.delete(holder);
  }

  /** The worker is gone, with all its copies. */
  holderGone(holder: number): void {
    for (const entry of this.#entries.values()) entry.holders.delete(holder);
  }

  /** Lets go of listeners that nobody serves on and nobody is coming for: each would be a black hole. */
  prune(isAwaited: (entry: CustodyEntry) => boolean): CustodyEntry[] {
    const pruned = this.all().filter((entry) => entry.holders.size === 0 && !isAwaited(entry));
    for (const entry of pruned) this.#close(entry);
    return pruned;
  }

  closeAll(): void {
    for (const entry of this.all()) this.#close(entry);
  }

  read(entry: CustodyEntry): ListenerInfo {
    return this.#addon.listenerInfo(entry.fd);
  }

  #close(entry: CustodyEntry | undefined): void {
    if (entry === undefined) return;
    this.#entries.delete(`${entry.slot}/${entry.key}`);
    this.#addon.close(entry.fd);
    this.#onClosed(entry);
    // A path outlives its socket; Node removes it when a server closes, and so do we when the last holder has gone.
    entry.file?.remove();
  }
}
