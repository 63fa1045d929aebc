import type { Addon } from '../native/addon.js';
import { createPageMap } from './page-map.js';
import { FLAG, HEADER, KERNEL_PAGE, MAX_ROWS, offsetOf, PAGE_BYTES, PAGE_MAGIC, PAGE_VERSION, ROW } from './layout.js';

export type RowField = Exclude<keyof typeof ROW, 'flags' | 'weight'>;
export type RowFlag = keyof typeof FLAG;

export interface RowReading extends Record<RowField, number> {
  slot: number;
  flags: RowFlag[];
  weight: number;
}

/**
 * The state page as one process sees it. Made by the master, as an mmapable BPF array when that is allowed and as a memfd
 * otherwise, and mapped by each worker from the descriptor that it is given. Reads and writes are plain memory accesses.
 */
export class StatePage {
  readonly fd: number;
  /** Wakes the watch; goes wherever `fd` goes. -1 where only the memory was opened. */
  readonly wakeFd: number;
  readonly buffer: ArrayBuffer;
  /** Can a kernel program read it: is it a BPF map. */
  readonly inKernel: boolean;
  readonly #words: Uint32Array;
  readonly #longs: BigUint64Array;
  readonly #addon: Addon;

  private constructor(addon: Addon, fd: number, wakeFd: number, inKernel: boolean) {
    this.wakeFd = wakeFd;
    this.#addon = addon;
    this.fd = fd;
    this.inKernel = inKernel;
    this.buffer = addon.mapShared(fd, PAGE_BYTES);
    this.#words = new Uint32Array(this.buffer);
    this.#longs = new BigUint64Array(this.buffer);
  }

  /** A new page. With `inKernel` it needs CAP_BPF. @throws SystemError */
  static create(addon: Addon, inKernel: boolean): StatePage {
    const fd = inKernel ? createPageMap(addon) : addon.createMemfd('reuseport-page', PAGE_BYTES);
    const page = new StatePage(addon, fd, addon.createWakeFd(), inKernel);
    page.#longs[HEADER.magic / 8] = PAGE_MAGIC;
    page.#longs[HEADER.version / 8] = PAGE_VERSION;
    page.#longs[HEADER.slots / 8] = BigInt(MAX_ROWS);
    for (let slot = 0; slot < MAX_ROWS; slot += 1) page.setWeight(slot, 1);
    return page;
  }

  /** Maps the page behind a descriptor, which stays the caller's. @throws Error for anything that is not such a page. */
  static open(addon: Addon, fd: number, inKernel: boolean): StatePage {
    const page = new StatePage(addon, fd, -1, inKernel);
    const [magic, version] = [page.#longs[HEADER.magic / 8], page.#longs[HEADER.version / 8]];
    if (magic !== PAGE_MAGIC || version !== PAGE_VERSION) {
      throw new Error(`state page: expected version ${PAGE_VERSION}, found magic ${magic} version ${version}`);
    }
    return page;
  }

  flags(slot: number): RowFlag[] {
    const bits = this.#words[offsetOf(slot, 'flags') / 4] ?? 0;
    return (Object.keys(FLAG) as RowFlag[]).filter((flag) => (bits & FLAG[flag]) !== 0);
  }

  /** Atomic, because the watch writes the same word from its own thread. */
  setFlag(slot: number, flag: RowFlag, on: boolean): void {
    const index = offsetOf(slot, 'flags') / 4;
    if (on) Atomics.or(this.#words, index, FLAG[flag]);
    else Atomics.and(this.#words, index, ~FLAG[flag]);
  }

  /** Takes new connections: ready, and neither draining, down nor stuck. */
  isUsable(slot: number): boolean {
    return this.#words[offsetOf(slot, 'flags') / 4] === FLAG.ready;
  }

  setWeight(slot: number, weight: number): void {
    this.#words[offsetOf(slot, 'weight') / 4] = weight;
  }

  read(slot: number, field: RowField): number {
    return Number(BigInt.asIntN(64, this.#longs[offsetOf(slot, field) / 8] ?? 0n));
  }

  readRow(slot: number): RowReading {
    const fields = Object.keys(ROW).filter((field) => field !== 'flags' && field !== 'weight') as RowField[];
    const values = Object.fromEntries(fields.map((field) => [field, this.read(slot, field)]));
    const weight = this.#words[offsetOf(slot, 'weight') / 4] ?? 0;
    return { ...(values as Record<RowField, number>), slot, flags: this.flags(slot), weight };
  }

  /** Selections for which no slot was usable: the kernel's hash decided. */
  get stray(): number {
    return Number(this.#longs[KERNEL_PAGE.stray / 8]);
  }

  /** A slot begins anew: what its last worker published is forgotten, what the kernel counted stays. */
  resetWorkerLine(slot: number): void {
    this.#longs[offsetOf(slot, 'accepted') / 8] = this.#longs[offsetOf(slot, 'assigned') / 8] ?? 0n;
    for (const field of ['busySinceNs', 'openConnections', 'requests', 'longestTurnNs'] as const) {
      this.#longs[offsetOf(slot, field) / 8] = 0n;
    }
  }

  /** Closes the descriptor; the mapping lives as long as the buffer. */
  close(): void {
    this.#addon.close(this.fd);
    if (this.wakeFd >= 0) this.#addon.close(this.wakeFd);
  }
}

/** A worker's counters in its row, written without an allocation: the low words of 64-bit fields. */
export class RowWriter {
  readonly #words: Uint32Array;
  readonly #open: number;
  readonly #requests: number;

  constructor(buffer: ArrayBuffer, slot: number) {
    this.#words = new Uint32Array(buffer);
    this.#open = offsetOf(slot, 'openConnections') / 4;
    this.#requests = offsetOf(slot, 'requests') / 4;
  }

  setOpenConnections(count: number): void {
    this.#words[this.#open] = count;
  }

  setRequests(count: number): void {
    this.#words[this.#requests] = count;
    this.#words[this.#requests + 1] = Math.floor(count / 0x1_0000_0000);
  }
}
