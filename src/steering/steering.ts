/** Steering of all addresses of a service: one group each, one state page and one policy for all. */
import type { Addon } from '../native/addon.js';
import { StatePage } from '../state/page.js';
import { probeCapabilities, type Capabilities } from './capabilities.js';
import { choosePolicy, type Choice } from './choose-policy.js';
import { SteeringGroup } from './group.js';

export interface SteeringOptions {
  /** Sockets that are not ours may be in the groups; default false. */
  shared?: boolean;
  /** How many slots there will be, as far as that is known; default 1. */
  expectedSlots?: number;
}

export class Steering {
  readonly page: StatePage;
  readonly capabilities: Capabilities;
  readonly #addon: Addon;
  readonly #expectedSlots: number;
  readonly #shared: boolean;
  readonly #groups = new Map<string, SteeringGroup>();
  #choice: Choice;

  /** @throws ReuseportError when the policy is unknown or denied. */
  constructor(addon: Addon, asked: string, { shared = false, expectedSlots = 1 }: SteeringOptions = {}) {
    this.#expectedSlots = expectedSlots;
    this.#addon = addon;
    const found = probeCapabilities(addon);
    const notAlone = { ok: false, why: 'the group is shared with others, so its indices are unknown' };
    this.capabilities = shared ? { ...found, classic: notAlone } : found;
    this.#shared = shared;
    this.#choice = choosePolicy(asked, this.capabilities, shared);
    // Also for a policy without eBPF: a later change of policy finds the page where its programs can read it.
    this.page = StatePage.create(addon, this.capabilities.page.ok && this.capabilities.ebpf.ok);
  }

  get choice(): Choice {
    return this.#choice;
  }

  /** A listening socket of `slot` on the address `key`. @throws SystemError */
  add(key: string, slot: number, fd: number): void {
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = new SteeringGroup(this.#addon, this.page, this.#choice.vehicle, this.#expectedSlots);
      this.#groups.set(key, group);
    }
    group.add(slot, fd);
  }

  /** The listener is closed in every process. */
  remove(key: string, slot: number): void {
    const group = this.#groups.get(key);
    group?.remove(slot);
    if (group?.size === 0) this.#groups.delete(key);
  }

  /** The slots' flags have changed: classic programs must name other indices. */
  refresh(): void {
    for (const group of this.#groups.values()) group.refresh();
  }

  /** Another policy, live. All groups change or, on an error, none. @throws ReuseportError, SystemError */
  steer(asked: string): Choice {
    const before = this.#choice;
    const next = choosePolicy(asked, this.capabilities, this.#shared);
    const changed: SteeringGroup[] = [];
    try {
      for (const group of this.#groups.values()) {
        group.setVehicle(next.vehicle);
        changed.push(group);
      }
    } catch (error) {
      for (const group of changed) group.setVehicle(before.vehicle);
      throw error;
    }
    this.#choice = next;
    return next;
  }

  close(): void {
    for (const group of this.#groups.values()) group.close();
    this.#groups.clear();
    this.page.close();
  }
}
