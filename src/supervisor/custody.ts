/**
 * The master's dups of the workers' listeners: they keep a listener and its accept queue alive while its worker dies or
 * is replaced. One descriptor per slot and address; unix-domain sockets are shared by all slots.
 */
import type { Addon, ListenerInfo } from '../native/addon.js';
import { type ChangeFiles, SocketFile } from './socket-file.js';

/** The slot under which shared listeners are kept. */
export const SHARED_SLOT = -1;

export interface CustodyEntry {
  slot: number;
  key: string;
  fd: number;
  /** As it was when it came into custody; the queue's figures are read anew with {@link Custody.read}. */
  info: ListenerInfo;
  ipv6Only: boolean;
  /** Can the servers on it be given connections that another process accepted. */
  takesAccepted: boolean;
  /** Workers, by id, that serve on it. */
  holders: Set<number>;
  /** Of a unix-domain listener that has one. */
  file: SocketFile | null;
}

export interface CustodyHost {
  onKept(entry: CustodyEntry): void;
  /** A descriptor of custody is about to be closed. */
  onClosing(entry: CustodyEntry): void;
  /** It has been closed. */
  onClosed(entry: CustodyEntry): void;
  /** For the files of unix-domain listeners. */
  changeFiles: ChangeFiles;
}

export class Custody {
  readonly #addon: Addon;
  readonly #host: CustodyHost;
  readonly #entries = new Map<string, CustodyEntry>();

  constructor(addon: Addon, host: CustodyHost) {
    this.#addon = addon;
    this.#host = host;
  }

  find(slot: number, key: string): CustodyEntry | undefined {
    return this.#entries.get(`${slot}/${key}`);
  }

  all(): CustodyEntry[] {
    return [...this.#entries.values()];
  }

  /**
   * Takes `fd` over, unless it throws. `holder`: the worker that serves on it; null when none does. @throws SystemError when
   * it is no socket that could listen.
   */
  keep(
    slot: number,
    key: string,
    fd: number,
    of: Pick<CustodyEntry, 'ipv6Only' | 'takesAccepted'>,
    holder: number | null,
  ): CustodyEntry {
    const info = this.#addon.listenerInfo(fd);
    this.#close(this.find(slot, key));
    // By its key, because what was bound may have been a relative path.
    const path = info.family === 'unix' && key.startsWith('unix:/') ? key.slice('unix:'.length) : null;
    const file = path === null ? null : new SocketFile(path, this.#host.changeFiles);
    const entry: CustodyEntry = { slot, key, fd, info, ...of, holders: new Set(holder === null ? [] : [holder]), file };
    this.#entries.set(`${slot}/${key}`, entry);
    this.#host.onKept(entry);
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
  prune(mayGo: (entry: CustodyEntry) => boolean, beforeClose: (entry: CustodyEntry) => void): CustodyEntry[] {
    const pruned = this.all().filter(mayGo);
    for (const entry of pruned) {
      beforeClose(entry);
      this.#close(entry);
    }
    return pruned;
  }

  drop(entry: CustodyEntry): void {
    this.#close(entry);
  }

  closeAll(): void {
    for (const entry of this.all()) this.#close(entry);
  }

  read(entry: CustodyEntry): ListenerInfo {
    return this.#addon.listenerInfo(entry.fd);
  }

  /** Connections that wait in the slot's own listeners. */
  queued(slot: number): number {
    const own = this.all().filter((entry) => entry.slot === slot);
    return own.reduce((sum, { fd }) => sum + this.#addon.queuedConnections(fd), 0);
  }

  #close(entry: CustodyEntry | undefined): void {
    if (entry === undefined) return;
    this.#host.onClosing(entry);
    this.#entries.delete(`${entry.slot}/${entry.key}`);
    this.#addon.close(entry.fd);
    this.#host.onClosed(entry);
    // A path outlives its socket; Node removes it when a server closes, and so do we when the last holder has gone.
    entry.file?.remove();
  }
}
