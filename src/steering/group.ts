/** Steering of one address: the kernel group of its listeners, and the program that chooses among them. */
import type { Addon } from '../native/addon.js';
import type { StatePage } from '../state/page.js';
import { MAX_ROWS } from '../state/layout.js';
import { createSockarray } from './capabilities.js';
import { type ClassicSource, classicProgram, GroupOrder } from './classic.js';
import { policyProgram } from './policy-table.js';
import type { Choose } from './program.js';

/** How a policy is put into the kernel. */
export type Vehicle =
  /** The kernel's own hash, without a program while every slot is usable. */
  | { kind: 'classic'; source: ClassicSource }
  /** The kernel's own hash, whatever the slots' flags say. */
  | { kind: 'none' }
  | { kind: 'ebpf'; choose: Choose; migrate: boolean }
  /** A program that the user has pinned in bpffs. */
  | { kind: 'pinned'; path: string };

/**
 * Owns its sockarray and program; the listeners' descriptors stay their owner's. All calls are effects on the group as a
 * whole: connections that are queued, or in their handshake, stay where they are.
 */
export class SteeringGroup {
  readonly #addon: Addon;
  readonly #page: StatePage;
  readonly #expectedSlots: number;
  readonly #members = new Map<number, number>();
  readonly #order = new GroupOrder();
  #sockarrayFd: number | null = null;
  #programFd: number | null = null;
  #programSlots = 0;
  #vehicle: Vehicle;
  /** The classic program that is attached, as text; null: none. */
  #classic: string | null = null;

  /** `expectedSlots`: the program is made for so many at once, because the verifier takes its time for each load. */
  constructor(addon: Addon, page: StatePage, vehicle: Vehicle, expectedSlots = 1) {
    this.#expectedSlots = expectedSlots;
    this.#addon = addon;
    this.#page = page;
    this.#vehicle = vehicle;
  }

  get size(): number {
    return this.#members.size;
  }

  /** For counting its run time; null when no eBPF program is attached. */
  get programFd(): number | null {
    return this.#programFd;
  }

  get sockarrayFd(): number | null {
    return this.#sockarrayFd;
  }

  /** A listening socket of `slot` is in the kernel group. @throws SystemError */
  add(slot: number, fd: number): void {
    this.#members.set(slot, fd);
    this.#order.joined(slot);
    if (this.#sockarrayFd !== null) this.#insert(slot, fd);
    this.refresh();
  }

  /** The slot's listener is closed, in every process. */
  remove(slot: number): void {
    if (!this.#members.delete(slot)) return;
    this.#order.left(slot);
    if (this.#members.size === 0) this.#forget();
    else this.refresh();
  }

  /** Another policy, from the next SYN on. @throws SystemError; the former policy then stays. */
  setVehicle(vehicle: Vehicle): void {
    const before = this.#vehicle;
    this.#vehicle = vehicle;
    this.#programSlots = 0;
    try {
      this.refresh();
    } catch (error) {
      this.#vehicle = before;
      throw error;
    }
    if (vehicle.kind === 'classic' || vehicle.kind === 'none') this.#closeProgram();
  }

  /** Brings the kernel up to date with the members and with the slots' flags: called when either has changed. */
  refresh(): void {
    const [member] = this.#members.values();
    if (member === undefined) return;
    if (this.#vehicle.kind === 'none') this.#detach(member);
    else if (this.#vehicle.kind === 'classic') this.#attachClassic(member, this.#vehicle.source);
    else this.#attachProgram(member, this.#vehicle);
  }

  /** Detaches the program from a group that lives on, and closes what this object owns. */
  close(): void {
    const [member] = this.#members.values();
    if (member !== undefined && (this.#programFd !== null || this.#classic !== null)) {
      this.#addon.detachReuseportBpf(member);
    }
    this.#members.clear();
    this.#forget();
  }

  #attachClassic(member: number, source: ClassicSource): void {
    const usable = this.#order.indices((slot) => this.#page.isUsable(slot));
    // The kernel's own hash needs no program while it may choose everybody.
    const plain = source === 'hash' && usable.length === this.#order.size;
    const text = plain ? 'none' : `${source}:${usable.join(',')}`;
    if (text === this.#classic) return;
    if (plain) this.#detach(member);
    else this.#addon.attachReuseportCbpf(member, classicProgram(source, usable));
    this.#classic = text;
  }

  #detach(member: number): void {
    if (this.#classic !== null || this.#programFd !== null) this.#addon.detachReuseportBpf(member);
    this.#classic = null;
  }

  #attachProgram(member: number, vehicle: Extract<Vehicle, { kind: 'ebpf' | 'pinned' }>): void {
    const needed = Math.max(...this.#members.keys()) + 1;
    if (needed <= this.#programSlots) return;
    const slots = roundUp(Math.max(needed, this.#expectedSlots));
    const sockarrayFd = this.#ensureSockarray();
    const programFd =
      vehicle.kind === 'pinned'
        ? this.#addon.bpfGetPinned(vehicle.path)
        : this.#addon.bpfLoadReuseport({
            instructions: policyProgram(vehicle.choose, {
              slots,
              pageFd: this.#page.fd,
              sockarrayFd,
              migrate: vehicle.migrate,
            }),
            migrate: vehicle.migrate,
            name: 'reuseport',
          });
    try {
      this.#addon.attachReuseportEbpf(member, programFd);
    } catch (error) {
      this.#addon.close(programFd);
      throw error;
    }
    this.#closeProgram();
    this.#programFd = programFd;
    this.#programSlots = vehicle.kind === 'pinned' ? MAX_ROWS : slots;
    this.#classic = null;
  }

  #ensureSockarray(): number {
    if (this.#sockarrayFd === null) {
      this.#sockarrayFd = createSockarray(this.#addon, MAX_ROWS);
      for (const [slot, fd] of this.#members) this.#insert(slot, fd);
    }
    return this.#sockarrayFd;
  }

  #insert(slot: number, fd: number): void {
    const key = new Uint8Array(Uint32Array.of(slot).buffer);
    const value = new Uint8Array(BigUint64Array.of(BigInt(fd)).buffer);
    this.#addon.bpfUpdate(this.#sockarrayFd ?? -1, key, value);
  }

  #closeProgram(): void {
    if (this.#programFd !== null) this.#addon.close(this.#programFd);
    this.#programFd = null;
    this.#programSlots = 0;
  }

  /** The kernel's group is gone, and its program with it. */
  #forget(): void {
    this.#closeProgram();
    if (this.#sockarrayFd !== null) this.#addon.close(this.#sockarrayFd);
    this.#sockarrayFd = null;
    this.#classic = null;
  }
}

/** To a power of two: growing by one slot at a time must not load a program each time. */
function roundUp(slots: number): number {
  return Math.min(MAX_ROWS, 2 ** Math.ceil(Math.log2(slots)));
}
