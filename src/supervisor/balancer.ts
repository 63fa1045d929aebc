/**
 * What the master does about balance: it tells the kernel which slots may be chosen, watches the loops, and has queues of
 * stuck ones rescued. Nothing here happens per connection.
 */
import type { Addon } from '../native/addon.js';
import type { NativeWatch } from '../native/kernel-addon.js';
import type { Logger } from '../observe/log.js';
import type { StatePage } from '../state/page.js';
import { MAX_ROWS } from '../state/layout.js';
import { Steering } from '../steering/steering.js';
import type { Choice } from '../steering/choose-policy.js';
import { type CustodyEntry, SHARED_SLOT } from './custody.js';
import { Rescue, type RescueCounters, type RescueTarget } from './rescue.js';
import { type SupervisorState, workersOf } from './state.js';
import type { LoopReading } from './thieves.js';

export interface BalancerOptions {
  policy: string;
  /** Longest turn of a loop before its queue is rescued; 0: never. */
  rescueAfterMs: number;
  backlogConnections: number;
  /** Others may be in the group too (`--join`): its indices are not ours alone. */
  shared: boolean;
  /** Workers at the start. */
  expectedSlots: number;
}

export interface BalancerHost {
  /** Sends the request to the ready worker of a slot; false when there is none. */
  steal(slot: number, id: number, target: RescueTarget, max: number): boolean;
  /** The listeners in custody. */
  entries(): CustodyEntry[];
}

export class Balancer {
  readonly #addon: Addon;
  readonly #log: Logger;
  readonly #options: BalancerOptions;
  readonly #host: BalancerHost;
  readonly #steering: Steering;
  readonly #watch: NativeWatch | null;
  readonly #rescue: Rescue;
  readonly #pending = new Map<number, { slot: number; done: (moved: number) => void }>();
  #nextSteal = 1;

  /** @throws ReuseportError when the policy is unknown, or denied on this machine. */
  constructor(addon: Addon, log: Logger, options: BalancerOptions, host: BalancerHost) {
    this.#addon = addon;
    this.#log = log;
    this.#options = options;
    this.#host = host;
    this.#steering = new Steering(addon, options.policy, options);
    this.#rescue = new Rescue({
      targets: (slot) => this.#targets(slot),
      loops: () => this.#loops(),
      steal: (slot, target, max, done) => this.#steal(slot, target, max, done),
      keepsClients: () => this.#steering.choice.keepsClients,
    });
    this.#watch =
      options.rescueAfterMs === 0
        ? null
        : new addon.Watch({
            page: this.page.buffer,
            wakeFd: this.page.wakeFd,
            rescueAfterMs: options.rescueAfterMs,
            onStuck: (report) => this.#rescue.onStuck(report),
            onStuckSet: () => this.#steering.refresh(),
          });
  }

  get page(): StatePage {
    return this.#steering.page;
  }

  get choice(): Choice {
    return this.#steering.choice;
  }

  get counters(): RescueCounters {
    return this.#rescue.counters;
  }

  /** A listener has come into custody. It begins to listen here, so that the order of its group is known. */
  added(entry: CustodyEntry): void {
    if (entry.slot === SHARED_SLOT) return;
    this.#addon.listen(entry.fd, this.#options.backlogConnections);
    this.#guard(() => this.#steering.add(entry.key, entry.slot, entry.fd));
    this.#watchRows();
  }

  /** A listener has left custody, and is closed. */
  removed(entry: CustodyEntry): void {
    if (entry.slot === SHARED_SLOT) return;
    this.#guard(() => this.#steering.remove(entry.key, entry.slot));
    this.#watchRows();
  }

  /** Brings the slots' flags up to the supervisor's state. */
  sync(state: SupervisorState): void {
    let changed = false;
    for (let slot = 0; slot < MAX_ROWS; slot += 1) {
      const record = state.slots.find((candidate) => candidate.slot === slot);
      const ready = workersOf(state, slot).some((worker) => worker.state === 'ready');
      const draining = record !== undefined && !record.wanted;
      const down = record !== undefined && !ready;
      const before = this.page.flags(slot);
      for (const [flag, on] of [
        ['ready', ready],
        ['draining', draining],
        ['down', down],
      ] as const) {
        if (before.includes(flag) === on) continue;
        this.page.setFlag(slot, flag, on);
        changed = true;
      }
    }
    if (changed) this.#guard(() => this.#steering.refresh());
  }

  /** The slot has no worker any more: its row is cleared, and what is queued for it goes to others at once. */
  slotDied(slot: number): void {
    this.page.setFlag(slot, 'stuck', false);
    this.page.resetWorkerLine(slot);
    for (const [id, { slot: thief, done }] of this.#pending) {
      if (thief !== slot) continue;
      this.#pending.delete(id);
      done(0);
    }
    this.#rescue.reset(slot);
    if (this.#options.rescueAfterMs === 0) return;
    const queued = this.#entries(slot).map(({ fd }) => this.#addon.listenerInfo(fd).queuedConnections);
    if (queued.some((connections) => connections > 0)) this.#rescue.onDead(slot, queued);
  }

  stolen(id: number, connections: number): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.done(connections);
  }

  /** @throws ReuseportError, SystemError; the former policy then stays. */
  steer(policy: string): Choice {
    const choice = this.#steering.steer(policy);
    this.#log.info(
      { event: 'steering-changed', policy: choice.used },
      `steering is ${choice.used} now (${choice.why})`,
    );
    return choice;
  }

  close(): void {
    this.#watch?.stop();
    this.#steering.close();
  }

  #entries(slot: number): CustodyEntry[] {
    return this.#host.entries().filter((entry) => entry.slot === slot);
  }

  #targets(slot: number): RescueTarget[] {
    return this.#entries(slot).map(({ key, fd }) => ({ key, fd }));
  }

  #watchRows(): void {
    const slots = [...new Set(this.#host.entries().map(({ slot }) => slot))].filter((slot) => slot !== SHARED_SLOT);
    this.#watch?.setRows(slots.map((slot) => ({ slot, fds: this.#entries(slot).map(({ fd }) => fd) })));
  }

  #loops(): LoopReading[] {
    const slots = new Set(this.#host.entries().map(({ slot }) => slot));
    return [...slots]
      .filter((slot) => slot !== SHARED_SLOT)
      .map((slot) => ({
        slot,
        usable: this.page.isUsable(slot),
        busySinceNs: this.page.read(slot, 'busySinceNs'),
        pending: Math.max(0, this.page.read(slot, 'assigned') - this.page.read(slot, 'accepted')),
        openConnections: this.page.read(slot, 'openConnections'),
      }));
  }

  #steal(slot: number, target: RescueTarget, max: number, done: (moved: number) => void): boolean {
    const id = this.#nextSteal++;
    if (!this.#host.steal(slot, id, target, max)) return false;
    this.#pending.set(id, { slot, done });
    return true;
  }

  /** A group that cannot be steered is served by the kernel's hash: said, and no reason to end a service. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#log.error({ event: 'steering-failed' }, `steering: ${(error as Error).message}; the kernel's hash decides`);
    }
  }
}
