import { readlinkSync } from 'node:fs';
import { ReuseportError } from '../errors.js';
import type { SystemError } from '../native/addon.js';
import { loadAddon } from '../native/load.js';
import { checkInteger, checkSlot } from './check.js';
import { FLAG, HEADER, KERNEL_PAGE, MAX_ROWS, offsetOf, PAGE_BYTES, PAGE_MAGIC, PAGE_VERSION, ROW } from './layout.js';
import { createPageMap } from './page-map.js';
import { RowPublisher } from './row-publisher.js';

export type RowField = Exclude<keyof typeof ROW, 'flags' | 'weight'>;
export type RowFlag = keyof typeof FLAG;

/** A slot's row at one moment: counts, and times of CLOCK_MONOTONIC in nanoseconds; docs/library.md tells each. */
export interface RowReading extends Record<RowField, number> {
  slot: number;
  flags: RowFlag[];
  weight: number;
}

export interface StatePageOptions {
  /**
   * true: a BPF map, which kernel programs can read (CAP_BPF, Linux 5.5); false: plain shared memory. Default: a map where
   * that is allowed.
   */
  inKernel?: boolean;
}

/** The two descriptors of a page. */
export interface PageDescriptors {
  /** The memory: a BPF map or a memfd. */
  fd: number;
  /** An eventfd by which loops wake a watch of the page. */
  wakeFd: number;
}

const FIELDS = Object.keys(ROW).filter((field) => field !== 'flags' && field !== 'weight') as RowField[];
const FLAGS = Object.keys(FLAG) as RowFlag[];

/**
 * The state page as one process sees it: memory with a row for each of 64 slots, which kernel program, loops and whoever
 * supervises them share. Reads and writes are plain memory accesses.
 *
 * Close it after the groups that steer by it.
 */
export class StatePage {
  /** The whole page, 16 384 bytes; stays mapped as long as anybody has the buffer. */
  readonly buffer: ArrayBuffer;
  /** Why no kernel program can read it: it is no BPF map. null when one can. */
  readonly why: string | null;
  readonly #descriptors: PageDescriptors;
  readonly #ownsDescriptors: boolean;
  readonly #words: Uint32Array;
  readonly #longs: BigUint64Array;
  #publisher: RowPublisher | null = null;
  #closed = false;

  private constructor(descriptors: PageDescriptors, ownsDescriptors: boolean, why: string | null) {
    this.#descriptors = descriptors;
    this.#ownsDescriptors = ownsDescriptors;
    this.why = why;
    this.buffer = loadAddon().mapShared(descriptors.fd, PAGE_BYTES);
    this.#words = new Uint32Array(this.buffer);
    this.#longs = new BigUint64Array(this.buffer);
  }

  /** A new page. @throws ReuseportError ERR_STEERING_DENIED when `inKernel` is asked for and not allowed; SystemError. */
  static create({ inKernel }: StatePageOptions = {}): StatePage {
    const { fd, why } = inKernel === false ? plainMemory('inKernel is false') : kernelMemory(inKernel === true);
    const page = StatePage.#take(fd, why);
    page.#reset();
    return page;
  }

  /**
   * The page of another thread, by its {@link descriptors}, or of another process, which passed them on as it started this
   * one. They stay the caller's, and open as long as this page is used; {@link close} leaves them alone.
   *
   * @throws ReuseportError ERR_PAGE when they hold no page; SystemError
   */
  static open({ fd, wakeFd }: PageDescriptors): StatePage {
    const addon = loadAddon();
    for (const one of [fd, wakeFd]) addon.setCloseOnExec(one, true);
    const isMap = readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:bpf-map';
    const page = StatePage.#map({ fd, wakeFd }, isMap ? null : 'its maker took plain memory');
    page.#checkHeader();
    return page;
  }

  static #map(descriptors: PageDescriptors, why: string | null): StatePage {
    try {
      return new StatePage(descriptors, false, why);
    } catch (error) {
      const { syscall, code } = error as Partial<SystemError>;
      if (syscall !== 'mmap') throw error;
      const message = `descriptor ${descriptors.fd} holds no state page: it cannot be mapped (${code})`;
      throw new ReuseportError('ERR_PAGE', message, { cause: error });
    }
  }

  /**
   * The page in a map that somebody else has made and pinned: a new one when it is all zero, else that of another master.
   * Begins anew, unless that one `isInUse` still. `fd` becomes the page's own, also when this throws.
   * @throws ReuseportError ERR_PAGE, SystemError
   */
  static adopt(fd: number, isInUse: boolean): StatePage {
    const page = StatePage.#take(fd, null);
    try {
      if (page.#longs[HEADER.magic / 8] !== 0n) page.#checkHeader();
    } catch (error) {
      page.close();
      throw error;
    }
    if (!isInUse) page.#reset();
    return page;
  }

  /** Owns `fd` from now on, also when it throws. */
  static #take(fd: number, why: string | null): StatePage {
    const addon = loadAddon();
    let wakeFd = -1;
    try {
      wakeFd = addon.createWakeFd();
      return new StatePage({ fd, wakeFd }, true, why);
    } catch (error) {
      addon.close(fd);
      if (wakeFd >= 0) addon.close(wakeFd);
      throw error;
    }
  }

  /** Can a kernel program read it. */
  get inKernel(): boolean {
    return this.why === null;
  }

  /**
   * For {@link open}: as they are in another thread of this process, and through the `stdio` of a child process.
   * @throws ReuseportError ERR_CLOSED
   */
  get descriptors(): PageDescriptors {
    this.#checkOpen();
    return { ...this.#descriptors };
  }

  get fd(): number {
    return this.descriptors.fd;
  }

  get wakeFd(): number {
    return this.descriptors.wakeFd;
  }

  flags(slot: number): RowFlag[] {
    const bits = this.#words[this.#at(slot, 'flags') / 4] ?? 0;
    return FLAGS.filter((flag) => (bits & FLAG[flag]) !== 0);
  }

  /** Atomic, because the watch writes the same word from its own thread, and so does the loop when it is stuck no longer. */
  setFlag(slot: number, flag: RowFlag, on: boolean): void {
    const index = this.#at(slot, 'flags') / 4;
    if (on) Atomics.or(this.#words, index, FLAG[flag]);
    else Atomics.and(this.#words, index, ~FLAG[flag]);
  }

  /** Takes new connections: ready, and neither draining, down nor stuck. */
  isUsable(slot: number): boolean {
    return this.#words[this.#at(slot, 'flags') / 4] === FLAG.ready;
  }

  /** The same, though perhaps stuck. */
  isServing(slot: number): boolean {
    return ((this.#words[this.#at(slot, 'flags') / 4] ?? 0) & ~FLAG.stuck) === FLAG.ready;
  }

  /** Is to get no new connection, but its loop serves, and is not stuck. */
  isLeaving(slot: number): boolean {
    return this.#words[this.#at(slot, 'flags') / 4] === (FLAG.ready | FLAG.draining);
  }

  /** Has no worker at present, but will have one again. */
  isDown(slot: number): boolean {
    return this.#words[offsetOf(slot, 'flags') / 4] === FLAG.down;
  }

  weight(slot: number): number {
    return this.#words[this.#at(slot, 'weight') / 4] ?? 0;
  }

  /** The slot's part under `weighted`: an integer from 0 (nothing) to 2^32-1. A new page has 1 everywhere. */
  setWeight(slot: number, weight: number): void {
    checkInteger('weight', weight, 0, 0xffff_ffff);
    this.#words[this.#at(slot, 'weight') / 4] = weight;
  }

  read(slot: number, field: RowField): number {
    return Number(BigInt.asIntN(64, this.#longs[this.#at(slot, field) / 8] ?? 0n));
  }

  /** Connections given to the slot that its loop has not accepted yet, as far as the kernel's program counts them. */
  pending(slot: number): number {
    return Math.max(0, this.read(slot, 'assigned') - this.read(slot, 'accepted'));
  }

  /** Every field of a slot's row. Each is read by itself: the kernel and the loop go on writing in between. */
  readRow(slot: number): RowReading {
    const values = Object.fromEntries(FIELDS.map((field) => [field, this.read(slot, field)]));
    return { ...(values as Record<RowField, number>), slot, flags: this.flags(slot), weight: this.weight(slot) };
  }

  /** Selections for which no slot was usable: any that had a listener was taken. */
  get stray(): number {
    return Number(this.#longs[KERNEL_PAGE.stray / 8]);
  }

  /**
   * Publishes the turns of this thread's event loop as those of `slot`, from now until `stop()` or {@link close}. Once for
   * each thread: a second call for the same slot returns the same publisher.
   *
   * @throws ReuseportError ERR_ARGUMENT when this loop publishes another slot, or in another page
   */
  publish(slot: number): RowPublisher {
    this.#checkOpen();
    checkSlot(slot);
    if (this.#publisher?.slot === slot && this.#publisher.running) return this.#publisher;
    this.resetWorkerLine(slot);
    const publisher = RowPublisher.start({ page: this.buffer, slot, wakeFd: this.wakeFd });
    this.#publisher = publisher;
    return publisher;
  }

  /** A slot begins anew: what its last worker published is forgotten, what the kernel counted stays. */
  resetWorkerLine(slot: number): void {
    this.#longs[this.#at(slot, 'accepted') / 8] = this.#longs[offsetOf(slot, 'assigned') / 8] ?? 0n;
    for (const field of ['busySinceNs', 'openConnections', 'requests', 'longestTurnNs', 'connections'] as const) {
      this.#longs[offsetOf(slot, field) / 8] = 0n;
    }
  }

  /** What a predecessor counted is not the successor's, whose next request puts its own number there. */
  resetRequests(slot: number): void {
    this.#longs[this.#at(slot, 'requests') / 8] = 0n;
  }

  /** Stops publishing; a page that was made here closes its descriptors. The memory can still be read. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#publisher?.stop();
    if (!this.#ownsDescriptors) return;
    const addon = loadAddon();
    addon.close(this.#descriptors.fd);
    addon.close(this.#descriptors.wakeFd);
  }

  /** All but the word about pins, which tells who made them. */
  #reset(): void {
    const pins = this.#longs[HEADER.pins / 8] ?? 0n;
    this.#longs.fill(0n);
    this.#longs[HEADER.pins / 8] = pins;
    this.#longs[HEADER.version / 8] = PAGE_VERSION;
    this.#longs[HEADER.slots / 8] = BigInt(MAX_ROWS);
    for (let slot = 0; slot < MAX_ROWS; slot += 1) this.setWeight(slot, 1);
    this.#longs[HEADER.magic / 8] = PAGE_MAGIC;
  }

  #at(slot: number, field: keyof typeof ROW): number {
    checkSlot(slot);
    return offsetOf(slot, field);
  }

  #checkOpen(): void {
    if (this.#closed) throw new ReuseportError('ERR_CLOSED', 'the state page is closed; nothing can be steered by it');
  }

  #checkHeader(): void {
    const [magic, version] = [this.#longs[HEADER.magic / 8], this.#longs[HEADER.version / 8]];
    if (magic === PAGE_MAGIC && version === PAGE_VERSION) return;
    const found = magic === PAGE_MAGIC ? `one of version ${version}` : `something else (its first word is ${magic})`;
    throw new ReuseportError('ERR_PAGE', `state page: expected one of version ${PAGE_VERSION}, found ${found}`);
  }
}

function kernelMemory(required: boolean): { fd: number; why: string | null } {
  try {
    return { fd: createPageMap(loadAddon()), why: null };
  } catch (error) {
    const { syscall, code } = error as Partial<SystemError>;
    if (syscall === undefined) throw error;
    const why = `a BPF map that can be mapped needs CAP_BPF and Linux 5.5 (${syscall}: ${code})`;
    if (!required) return plainMemory(why);
    throw new ReuseportError('ERR_STEERING_DENIED', `state page in the kernel: ${why}`, { cause: error });
  }
}

function plainMemory(why: string): { fd: number; why: string | null } {
  return { fd: loadAddon().createMemfd('reuseport-page', PAGE_BYTES), why };
}
