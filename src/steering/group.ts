/** Steering of one address: the kernel group of its listeners, and the program that chooses among them. */
import type { Addon } from '../native/addon.js';
import type { StatePage } from '../state/page.js';
import { MAX_ROWS } from '../state/layout.js';
import { createSockarray } from './capabilities.js';
import { type ClassicSource, classicProgram } from './classic.js';
import { GroupOrder } from './group-order.js';
import { createGroupState } from './group-state.js';
import type { VerifierError } from '../native/kernel-addon.js';
import type { PinFolder } from './pinned/pin-folder.js';
import { buildProgram, type Choose } from './program.js';
import { explainRefusal } from './refusal.js';
import { Seats } from './seats.js';

/** How a policy is put into the kernel. */
export type Vehicle =
  /** The kernel's own hash, without a program while every slot is usable. */
  | { kind: 'classic'; source: ClassicSource }
  /** The kernel's own hash, whatever the slots' flags say. */
  | { kind: 'none' }
  | { kind: 'ebpf'; name: string; choose: Choose; migrate: boolean }
  /** A program that the user has pinned in bpffs, beside its maps. */
  | { kind: 'pinned'; path: string; folder: PinFolder };

type ProgramVehicle = Extract<Vehicle, { kind: 'ebpf' | 'pinned' }>;

/**
 * Owns its seats and program; the listeners' descriptors stay their owner's. All calls are effects on the group as a
 * whole: connections that are queued, or in their handshake, stay where they are.
 */
export class KernelGroup {
  readonly #addon: Addon;
  readonly #page: StatePage;
  readonly #expectedSlots: number;
  readonly #members = new Map<number, number>();
  readonly #order = new GroupOrder();
  /** Where the members stand for an eBPF program: not before there has been one. */
  #seats: Seats | null = null;
  /** Of the pinned program whose seats they are; null: they are the group's own. */
  #seatsFolder: PinFolder | null = null;
  #groupFd: number | null = null;
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

  /** null when no eBPF program is attached. */
  get programFd(): number | null {
    return this.#programFd;
  }

  /** Slots by their index in the kernel's group; null when that is not known. */
  get order(): readonly number[] | null {
    return this.#order.slots;
  }

  /** What another master knew of the order. Passed over when the members are others by now. @throws SystemError */
  restoreOrder(slots: readonly number[]): void {
    if (this.#order.hasStrangers) return;
    if (slots.length !== this.#members.size || !slots.every((slot) => this.#members.has(slot))) return;
    this.#order.restore(slots);
    this.refresh();
  }

  /**
   * A listening socket of `slot` is in the kernel group.
   * @param joinedNow it has just begun to listen, so that it is the last of the group
   * @throws ReuseportError, SystemError
   */
  add(slot: number, fd: number, joinedNow = true): void {
    this.#members.set(slot, fd);
    this.#order.joined(slot);
    if (!joinedNow) this.#order.lose();
    this.#seats?.insert(slot, fd);
    this.#apply();
  }

  /** The slot's listener left the kernel's group and has begun to listen again. @throws SystemError */
  rejoined(slot: number, fd: number): void {
    this.#order.left(slot);
    this.add(slot, fd);
  }

  /** The slot's listener is closed, in every process, or is to get nothing more by an eBPF program. */
  remove(slot: number): void {
    if (!this.#members.delete(slot)) return;
    this.#order.left(slot);
    this.#seats?.delete(slot);
    if (this.#members.size === 0) this.#forget();
    else this.#apply();
  }

  /** What a look at the group has found: the inodes of sockets in it that are not ours. @throws SystemError */
  setStrangers(inodes: ReadonlySet<number>): void {
    this.#order.looked(inodes);
    // eBPF programs know no order.
    this.refresh();
  }

  get hasStrangers(): boolean {
    return this.#order.hasStrangers;
  }

  /** Does a classic policy have to leave the choice to the kernel's hash, because strangers have upset the order. */
  get isUnordered(): boolean {
    return this.#vehicle.kind === 'classic' && !this.#order.known;
  }

  /** Are sockets that are not ours kept from this group's connections. */
  get keepsOut(): boolean {
    return this.#vehicle.kind === 'ebpf' || (this.#vehicle.kind === 'classic' && this.#order.known);
  }

  /** Does the kernel choose a draining slot for no new connection: has it a program of ours, and another slot. */
  avoids(slot: number): boolean {
    if (!this.keepsOut) return false;
    const others = [...this.#members.keys()].filter((other) => other !== slot);
    return others.some((other) => this.#page.isServing(other) || this.#page.isDown(other));
  }

  /** Another policy, from the next SYN on. @throws ReuseportError, SystemError; the former policy then stays. */
  setVehicle(vehicle: Vehicle): void {
    if (isSameProgram(this.#vehicle, vehicle)) return;
    const before = { vehicle: this.#vehicle, slots: this.#programSlots };
    this.#vehicle = vehicle;
    this.#programSlots = 0;
    try {
      this.#apply();
    } catch (error) {
      this.#vehicle = before.vehicle;
      this.#programSlots = before.slots;
      throw error;
    }
    if (vehicle.kind === 'classic' || vehicle.kind === 'none') this.#closeProgram();
  }

  /** The slots' flags have changed: a classic program must name other members, all others read the flags. @throws SystemError */
  refresh(): void {
    if (this.#vehicle.kind === 'classic') this.#apply();
  }

  /** Detaches the program from a group that lives on, and closes what this object owns. */
  close(): void {
    const [member] = this.#members.values();
    if (member !== undefined && (this.#programFd !== null || this.#classic !== null)) {
      this.#addon.detachReuseportBpf(member);
    }
    // The kernel frees a map later than it is closed, and until then its sockets could stand in no other.
    for (const slot of this.#members.keys()) this.#seats?.delete(slot);
    this.#members.clear();
    this.#forget();
  }

  /** Brings the kernel up to date with the members and the policy. */
  #apply(): void {
    const [member] = this.#members.values();
    if (member === undefined) return;
    if (this.#vehicle.kind === 'none') this.#detach(member);
    else if (this.#vehicle.kind === 'classic') this.#attachClassic(member, this.#vehicle.source);
    else this.#attachProgram(member, this.#vehicle);
  }

  #attachClassic(member: number, source: ClassicSource): void {
    const usable = this.#choosable();
    // The kernel's own hash needs no program while it may choose everybody, and is all that is left without the order.
    const plain = !this.#order.known || (source === 'hash' && usable.length === this.#order.size);
    // A program that names nobody leaves it to that hash, which would choose strangers as well.
    const indices = usable.length > 0 ? usable : this.#order.indices(() => this.#order.hasStrangers);
    const text = plain ? 'none' : `${source}:${indices.join(',')}`;
    if (text === this.#classic) return;
    if (plain) this.#detach(member);
    else this.#addon.attachReuseportCbpf(member, classicProgram(source, indices));
    this.#classic = text;
  }

  /** Rather a stuck slot than one that is down, and rather that than one that drains: the kernel's own hash takes any. */
  #choosable(): number[] {
    const page = this.#page;
    const isFit = [
      (slot: number) => page.isUsable(slot),
      (slot: number) => page.isServing(slot),
      (slot: number) => page.isDown(slot),
    ];
    return isFit.map((fit) => this.#order.indices(fit)).find((indices) => indices.length > 0) ?? [];
  }

  #detach(member: number): void {
    if (this.#classic !== null || this.#programFd !== null) this.#addon.detachReuseportBpf(member);
    this.#classic = null;
  }

  #attachProgram(member: number, vehicle: ProgramVehicle): void {
    const needed = Math.max(...this.#members.keys()) + 1;
    if (needed <= this.#programSlots) return;
    const slots = vehicle.kind === 'pinned' ? MAX_ROWS : roundUp(Math.max(needed, this.#expectedSlots));
    const before = this.#seats;
    const seats = this.#seatsFor(vehicle, member);
    let programFd = -1;
    try {
      programFd = vehicle.kind === 'pinned' ? vehicle.folder.program(vehicle.path) : this.#load(vehicle, slots, seats);
      this.#move(before, seats);
      this.#addon.attachReuseportEbpf(member, programFd);
    } catch (error) {
      if (programFd >= 0) this.#addon.close(programFd);
      this.#move(seats, before);
      if (seats !== before) seats.close();
      throw error;
    }
    if (seats !== before) before?.close();
    this.#seats = seats;
    this.#seatsFolder = vehicle.kind === 'pinned' ? vehicle.folder : null;
    this.#closeProgram();
    this.#programFd = programFd;
    this.#programSlots = slots;
    this.#classic = null;
  }

  #load({ name, choose, migrate }: Extract<Vehicle, { kind: 'ebpf' }>, slots: number, { sockarrayFd }: Seats): number {
    this.#groupFd ??= createGroupState(this.#addon);
    const input = { slots, pageFd: this.#page.fd, sockarrayFd, groupFd: this.#groupFd, migrate };
    const instructions = buildProgram(input, choose);
    try {
      return this.#addon.bpfLoadReuseport({ instructions, migrate, name: 'reuseport' });
    } catch (error) {
      if ((error as Partial<VerifierError>).verifierLog === undefined) throw error;
      throw explainRefusal(name, error as VerifierError);
    }
  }

  #seatsFor(vehicle: ProgramVehicle, member: number): Seats {
    const folder = vehicle.kind === 'pinned' ? vehicle.folder : null;
    if (this.#seats !== null && this.#seatsFolder === folder) return this.#seats;
    if (folder !== null) return folder.seats(member);
    const fd = createSockarray(this.#addon, MAX_ROWS);
    return new Seats(this.#addon, fd, 0, () => this.#addon.close(fd));
  }

  /** A socket stands in one sockarray only. In between the kernel's hash chooses. */
  #move(from: Seats | null, to: Seats | null): void {
    if (from === to) return;
    for (const [slot, fd] of this.#members) {
      from?.delete(slot);
      // There already, when a move that failed half-way is taken back.
      to?.delete(slot);
      to?.insert(slot, fd);
    }
  }

  #closeProgram(): void {
    if (this.#programFd !== null) this.#addon.close(this.#programFd);
    this.#programFd = null;
    this.#programSlots = 0;
  }

  /** The kernel's group is gone, and its program with it. */
  #forget(): void {
    this.#closeProgram();
    this.#seats?.close();
    this.#seats = null;
    this.#seatsFolder = null;
    if (this.#groupFd !== null) this.#addon.close(this.#groupFd);
    this.#groupFd = null;
    this.#classic = null;
    this.#order.reset();
  }
}

/** Is the group steered by it already. What is pinned may be another program by now. */
function isSameProgram(a: Vehicle, b: Vehicle): boolean {
  if (a.kind === 'ebpf' && b.kind === 'ebpf') return a.choose === b.choose && a.migrate === b.migrate;
  return a.kind === 'classic' && b.kind === 'classic' && a.source === b.source;
}

/** To a power of two: growing by one slot at a time must not load a program each time. */
function roundUp(slots: number): number {
  return Math.min(MAX_ROWS, 2 ** Math.ceil(Math.log2(slots)));
}
