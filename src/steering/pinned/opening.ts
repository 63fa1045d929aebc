import { unlinkSync } from 'node:fs';
import type { Addon } from '../../native/addon.js';
import type { BpfMapInfo } from '../../native/kernel-addon.js';
import { MAX_GROUPS, MAX_ROWS, PAGE_BYTES, PIN } from '../../state/layout.js';
import { StatePage } from '../../state/page.js';
import { createSockarray } from '../capabilities.js';
import { Seats } from '../seats.js';
import { openPinnedMap, type Pinned, pinnedError } from './pinned-object.js';
import { readPins, socketsIn, stateIn, unpinMap } from './pins.js';

/** The maps of one folder while they are looked for: what is pinned there is checked and taken over, the rest is made. */
export class Opening {
  /** What a dead master has made here, as bits of PIN: its heir removes it. */
  inherited = 0;
  /** The id of a dead master's page that was replaced: who reads it reads nothing. */
  formerPage: number | null = null;
  readonly #addon: Addon;
  readonly #folder: string;
  /** Another master steers by it still: nothing that is there may be changed. */
  readonly #isShared: boolean;
  /** Pinned by this opening: the path, and the id of the map. */
  readonly #pinned = new Map<string, number>();

  constructor(addon: Addon, folder: string, isShared: boolean) {
    this.#addon = addon;
    this.#folder = folder;
    this.#isShared = isShared;
  }

  /** All that the master has to remove at its end, as bits of PIN. */
  get pins(): number {
    const page = this.#pinned.has(stateIn(this.#folder)) ? PIN.page : 0;
    const sockets = this.#pinned.has(socketsIn(this.#folder)) ? PIN.sockets : 0;
    return this.inherited | page | sockets;
  }

  /** At the start, when nobody has mapped a page yet. */
  obtainPage(): StatePage {
    const path = stateIn(this.#folder);
    const pinned = openPinnedMap(this.#addon, path);
    if (pinned !== null) return this.#adoptPage(path, pinned);
    const page = StatePage.create({ inKernel: true });
    try {
      this.#pin(page.fd, path);
      return page;
    } catch (error) {
      page.close();
      throw error;
    }
  }

  /** In the midst of a service, whose workers have mapped `page`. */
  pinPage(page: StatePage): void {
    const path = stateIn(this.#folder);
    const pinned = openPinnedMap(this.#addon, path);
    if (pinned !== null) {
      this.#checkState(path, pinned);
      const left = readPins(this.#mapAndClose(pinned.fd));
      // Of a master that is gone: a living one has the folder for itself.
      if ((left & PIN.page) === 0) throw pinnedError(path, 'foreign', TOO_LATE);
      this.inherited |= left;
      this.formerPage = pinned.info.id;
      unlinkSync(path);
    }
    this.#pin(page.fd, path);
  }

  obtainSockets(): Pinned<BpfMapInfo> {
    const path = socketsIn(this.#folder);
    const pinned = openPinnedMap(this.#addon, path);
    if (pinned === null) return this.#makeSockets(path);
    const { type, keyBytes, valueBytes, maxEntries } = pinned.info;
    if (type === 'reuseport-sockarray' && keyBytes === 4 && valueBytes === 8 && maxEntries >= MAX_ROWS) {
      if (!this.#isShared) this.#empty(pinned);
      return pinned;
    }
    this.#addon.close(pinned.fd);
    const why = `expected a reuseport_sockarray with values of 8 bytes and ${MAX_ROWS} entries for each address`;
    throw pinnedError(path, 'foreign', why);
  }

  /** Takes back what was pinned. */
  undo(): void {
    for (const [path, id] of this.#pinned) unpinMap(this.#addon, path, id);
  }

  #adoptPage(path: string, pinned: Pinned<BpfMapInfo>): StatePage {
    this.#checkState(path, pinned);
    try {
      const page = StatePage.adopt(pinned.fd, this.#isShared);
      this.inherited |= readPins(page.buffer);
      return page;
    } catch (error) {
      throw pinnedError(path, 'foreign', (error as Error).message, error);
    }
  }

  #checkState(path: string, { fd, info }: Pinned<BpfMapInfo>): void {
    const { type, keyBytes, valueBytes, maxEntries, mmapable } = info;
    if (type === 'array' && keyBytes === 4 && valueBytes === PAGE_BYTES && maxEntries === 1 && mmapable) return;
    this.#addon.close(fd);
    const why = `expected an array of one element of ${PAGE_BYTES} bytes, with BPF_F_MMAPABLE`;
    throw pinnedError(path, 'foreign', why);
  }

  #mapAndClose(fd: number): ArrayBuffer {
    try {
      return this.#addon.mapShared(fd, PAGE_BYTES);
    } finally {
      this.#addon.close(fd);
    }
  }

  /** Sockets of workers that have outlived their master stand in no other sockarray as long as they stand here. */
  #empty({ fd, info }: Pinned<BpfMapInfo>): void {
    const seats = new Seats(this.#addon, fd, 0, () => {});
    for (let key = 0; key < info.maxEntries; key += 1) seats.delete(key);
  }

  #makeSockets(path: string): Pinned<BpfMapInfo> {
    const fd = createSockarray(this.#addon, MAX_GROUPS * MAX_ROWS);
    try {
      this.#pin(fd, path);
      return { fd, info: this.#addon.bpfMapInfo(fd) };
    } catch (error) {
      this.#addon.close(fd);
      throw error;
    }
  }

  #pin(fd: number, path: string): void {
    const { id } = this.#addon.bpfMapInfo(fd);
    try {
      this.#addon.bpfPin(fd, path);
    } catch (error) {
      throw pinnedError(path, 'denied', `it cannot be pinned: ${(error as Error).message}`, error);
    }
    this.#pinned.set(path, id);
  }
}

const TOO_LATE =
  'this page was here before the master, and its workers have mapped another. It can be taken over at the start alone ' +
  '(--steer pinned:…); to steer by it now, remove it and load the program with the maps of this master.';
