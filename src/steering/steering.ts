/** Steering of all addresses of a service: one group each, one state page and one policy for all. */
import { dirname, normalize } from 'node:path';
import type { Addon } from '../native/addon.js';
import { MAX_ROWS } from '../state/layout.js';
import { StatePage } from '../state/page.js';
import { probeCapabilities, type Capabilities } from './capabilities.js';
import { choosePolicy, chooseWithoutProgram, type Choice } from './choose-policy.js';
import { KernelGroup, type Vehicle } from './group.js';
import { isAwaited, PinFolder } from './pinned/pin-folder.js';

export interface SteeringOptions {
  /** Sockets that are not ours may be in the groups; default false. */
  shared?: boolean;
  /** How many slots there will be, as far as that is known; default 1. */
  expectedSlots?: number;
  /** Another master of the service steers until this one has the first listener; default false. */
  succeeds?: boolean;
  /** The kernel refused the program of the former choice, and all groups are steered by this one now. */
  onRefused?: (choice: Choice) => void;
}

export class Steering {
  readonly page: StatePage;
  readonly capabilities: Capabilities;
  readonly #addon: Addon;
  readonly #expectedSlots: number;
  readonly #shared: boolean;
  readonly #succeeds: boolean;
  readonly #onRefused: (choice: Choice) => void;
  readonly #groups = new Map<string, KernelGroup>();
  /** Those of pinned programs, by their path; kept until the end, for a policy that comes back. */
  readonly #folders = new Map<string, PinFolder>();
  #choice: Choice;
  #vehicle: Vehicle;

  /** @throws ReuseportError when the policy is unknown or denied, or what is pinned cannot be used. */
  constructor(
    addon: Addon,
    asked: string,
    { shared = false, expectedSlots = 1, succeeds = false, onRefused = () => {} }: SteeringOptions = {},
  ) {
    this.#onRefused = onRefused;
    this.#succeeds = succeeds;
    this.#expectedSlots = expectedSlots;
    this.#addon = addon;
    const found = probeCapabilities(addon);
    const notAlone = { ok: false, why: 'the group is shared with others, so its indices are unknown' };
    this.capabilities = shared ? { ...found, classic: notAlone } : found;
    this.#shared = shared;
    this.#choice = choosePolicy(asked, this.capabilities, shared);
    const { vehicle } = this.#choice;
    // A BPF map also for a policy without eBPF: a later change of policy finds the page where its programs can read it.
    this.page =
      vehicle.kind === 'pinned'
        ? this.#folderOf(vehicle.path, null).page
        : StatePage.create({ inKernel: this.allowsEbpf });
    this.#vehicle = this.#begin();
    this.#weigh(this.#choice);
  }

  get choice(): Choice {
    return this.#choice;
  }

  /** May policies be programs that count and read the page. */
  get allowsEbpf(): boolean {
    return this.capabilities.page.ok && this.capabilities.ebpf.ok;
  }

  /** Does the kernel move the queue of a listener that is shut down to another of its group. */
  get migrates(): boolean {
    const { vehicle } = this.#choice;
    return this.capabilities.migrateSysctl || (vehicle.kind === 'ebpf' && vehicle.migrate);
  }

  /**
   * A listening socket of `slot` on the address `key`; `joinedNow` as in {@link SteeringGroup.add}. Where the kernel refuses
   * the policy's program, steering goes on by {@link chooseWithoutProgram}. @throws SystemError
   */
  add(key: string, slot: number, fd: number, joinedNow = true): void {
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new KernelGroup(this.#addon, this.page, this.#vehicle, this.#expectedSlots);
      this.#groups.set(key, group);
    }
    try {
      group.add(slot, fd, joinedNow);
    } catch (error) {
      if (this.#vehicle.kind !== 'ebpf') throw error;
      this.#doWithout((error as Error).message);
    }
  }

  /** The listener is closed in every process. */
  remove(key: string, slot: number): void {
    const group = this.#groups.get(key);
    group?.remove(slot);
    if (group?.size === 0) this.#groups.delete(key);
  }

  /** The slot's listener was shut down and listens again. @throws SystemError */
  rejoined(key: string, slot: number, fd: number): void {
    this.#groups.get(key)?.rejoined(slot, fd);
  }

  /** Of each address, the slots by their index in the kernel's group, where that is known. */
  orders(): [key: string, slots: readonly number[]][] {
    return [...this.#groups].flatMap(([key, { order }]) => (order === null ? [] : [[key, order]]));
  }

  /** @throws SystemError */
  restoreOrder(key: string, slots: readonly number[]): void {
    this.#groups.get(key)?.restoreOrder(slots);
  }

  /** What a look at the address has found: the inodes of sockets in its group that are not ours. @throws SystemError */
  setStrangers(key: string, inodes: ReadonlySet<number>): void {
    this.#groups.get(key)?.setStrangers(inodes);
  }

  /** Does a queue that the kernel moves stay with us: without a program of ours it goes to any member of the group. */
  migratesToOurs(key: string): boolean {
    return this.#choice.vehicle.kind === 'ebpf' || !this.hasStrangers(key);
  }

  /** Are sockets that are not ours in the group. */
  hasStrangers(key: string): boolean {
    return this.#groups.get(key)?.hasStrangers ?? false;
  }

  keepsOut(key: string): boolean {
    return this.#groups.get(key)?.keepsOut ?? false;
  }

  isUnordered(key: string): boolean {
    return this.#groups.get(key)?.isUnordered ?? false;
  }

  /** Does the kernel choose a draining slot for no new connection. */
  avoids(key: string, slot: number): boolean {
    return this.#groups.get(key)?.avoids(slot) ?? false;
  }

  /** The slots' flags have changed: classic programs must name other indices. */
  refresh(): void {
    for (const group of this.#groups.values()) group.refresh();
  }

  /**
   * Another policy, live. All groups change or, on an error, none; the maps of a pinned program that is not there yet are
   * ready then. @throws ReuseportError, SystemError
   */
  steer(asked: string): Choice {
    const next = choosePolicy(asked, this.capabilities, this.#shared);
    const vehicle = this.#equip(next);
    const changed: KernelGroup[] = [];
    this.#weigh(next);
    try {
      for (const group of this.#groups.values()) {
        group.setVehicle(vehicle);
        changed.push(group);
      }
    } catch (error) {
      for (const group of changed) group.setVehicle(this.#vehicle);
      this.#weigh(this.#choice);
      throw error;
    }
    this.#choice = next;
    this.#vehicle = vehicle;
    return next;
  }

  /** One policy for all addresses, also where the programs of some are loaded; no load is tried again at the next listener. */
  #doWithout(refusal: string): void {
    this.#choice = chooseWithoutProgram(this.#choice, refusal, this.capabilities);
    this.#vehicle = this.#equip(this.#choice);
    this.#weigh(this.#choice);
    for (const group of this.#groups.values()) group.setVehicle(this.#vehicle);
    this.#onRefused(this.#choice);
  }

  /** Every program reads the weights at each SYN, so new ones need no new program. */
  #weigh({ weights }: Choice): void {
    for (let slot = 0; slot < MAX_ROWS; slot += 1) this.page.setWeight(slot, weights[slot] ?? 1);
  }

  /** `handsOver`: another master steers from now on, and needs what is pinned. */
  close(handsOver = false): void {
    for (const group of this.#groups.values()) group.close();
    this.#groups.clear();
    for (const folder of this.#folders.values()) folder.close(handsOver);
    this.#folders.clear();
    this.page.close();
  }

  /** Where the program of the user's own is not there yet, by the hash: it can only be loaded with the maps of a service. */
  #begin(): Vehicle {
    try {
      return this.#equip(this.#choice);
    } catch (error) {
      if (!isAwaited(error)) {
        this.close();
        throw error;
      }
      const hash = choosePolicy('hash', this.capabilities, this.#shared);
      this.#choice = { ...hash, asked: this.#choice.asked, why: error.message };
      return this.#equip(this.#choice);
    }
  }

  #equip({ vehicle }: Choice): Vehicle {
    if (vehicle.kind !== 'pinned') return vehicle;
    const isNew = !this.#folders.has(folderPath(vehicle.path));
    const folder = this.#folderOf(vehicle.path, this.page);
    try {
      // Whether it can be used is known before any group changes, and also where there is none yet.
      this.#addon.close(folder.program(vehicle.path));
    } catch (error) {
      if (isNew && !isAwaited(error)) {
        folder.close(false);
        this.#folders.delete(folderPath(vehicle.path));
      }
      throw error;
    }
    return { ...vehicle, folder };
  }

  #folderOf(program: string, page: StatePage | null): PinFolder {
    const path = folderPath(program);
    const folder = this.#folders.get(path) ?? PinFolder.open(this.#addon, path, page, this.#succeeds);
    this.#folders.set(path, folder);
    return folder;
  }
}

function folderPath(program: string): string {
  return normalize(dirname(program));
}
