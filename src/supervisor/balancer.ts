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
import { type GroupMember, orderNow } from '../steering/remembered-order.js';
import type { BalancerHost, BalancerOptions } from './balancer-host.js';
import { type CustodyEntry, SHARED_SLOT } from './custody.js';
import type { TurnReading } from './hang.js';
import { Rescue, type RescueCounters, type RescueTarget, wayOf } from './rescue.js';
import { publishSlots } from './slot-flags.js';
import type { SupervisorState } from './state.js';
import { Silence } from './silence.js';
import { SpreadWatch } from './spread-watch.js';
import { sharedSocketWarning, SteeringNotices } from './steering-notices.js';
import { StealRequests } from './steal-requests.js';
import { allowedByWeight, readLoops } from './loops.js';
import { type LoopReading, takersFor } from './thieves.js';

const SLOTS = Array.from({ length: MAX_ROWS }, (_, slot) => slot);
/** Where there is no rescue no turn is too long. */
const LONGEST_TURN_MS = 3_600_000;

export class Balancer {
  readonly #addon: Addon;
  readonly #log: Logger;
  readonly #options: BalancerOptions;
  readonly #host: BalancerHost;
  readonly #steering: Steering;
  readonly #watch: NativeWatch;
  readonly #rescue: Rescue;
  readonly #spread: SpreadWatch;
  readonly #steals = new StealRequests();
  /** The turns of a slot's loop when it was last nudged. */
  readonly #nudgedAt = new Map<number, number>();
  readonly #notices: SteeringNotices;
  /** Not while listeners are taken over one by one. */
  #settled = false;
  readonly #silence: Silence;

  /** @throws ReuseportError when the policy is unknown, or denied on this machine. */
  constructor(addon: Addon, log: Logger, options: BalancerOptions, host: BalancerHost) {
    this.#addon = addon;
    this.#log = log;
    this.#options = options;
    this.#host = host;
    this.#notices = new SteeringNotices(log);
    this.#steering = new Steering(addon, options.policy, {
      ...options,
      onRefused: (choice) => {
        this.#notices.refused(choice);
        this.#heed(choice);
      },
    });
    this.#silence = new Silence(addon, log);
    this.#rescue = new Rescue(options.rescueBy, {
      nowMs: () => performance.now(),
      targets: (slot) => this.#targets(slot),
      loops: () => this.#loops(),
      steal: (slot, target, max, done) => this.#steal(slot, target, max, done),
      nudge: (slot) => this.#nudge(slot),
      canMigrate: () => this.#steering.migrates,
      migrate: (slot, target) => this.#migrate(slot, target),
      keepsClients: () => this.#steering.choice.keepsClients,
    });
    // Also without rescue: it finds rows that count what is not there.
    this.#watch = new addon.Watch({
      page: this.page.buffer,
      wakeFd: this.page.wakeFd,
      rescueAfterMs: options.rescueAfterMs === 0 ? LONGEST_TURN_MS : options.rescueAfterMs,
      processors: options.processors,
      onStuck: (report) => this.#rescue.onStuck(report),
      onStuckSet: () => this.#guard(() => this.#steering.refresh()),
      onStale: (slots) => {
        for (const slot of slots) this.#nudge(slot);
      },
    });
    this.#spread = new SpreadWatch({
      connections: () => this.#connectionsBySlot(),
      timer: (afterMs, action) => host.timer(afterMs, action),
      warn: (warning) => this.#notices.collapsed(this.choice, warning),
      better: () => (this.#steering.allowsEbpf ? 'idle' : 'adaptive'),
    });
    this.#heed(this.choice);
  }

  get page(): StatePage {
    return this.#steering.page;
  }

  get choice(): Choice {
    return this.#steering.choice;
  }

  /** Does a program in the kernel count what it gives to each slot. */
  get counts(): boolean {
    return this.choice.vehicle.kind === 'ebpf';
  }

  get counters(): RescueCounters {
    return this.#rescue.counters;
  }

  watchLongest(): () => number {
    return this.#rescue.watchLongest();
  }

  /** What an operator should know, a sentence each. */
  warnings(): string[] {
    const warning = this.#spread.warning();
    const shared = this.#host.entries().filter(({ slot, info }) => slot === SHARED_SLOT && info.family !== 'unix');
    const notSteered = shared.map(({ info }) => sharedSocketWarning(info));
    return warning === null ? notSteered : [warning, ...notSteered];
  }

  /** May connections of another slot be given to this one now: it is not stuck. */
  takesOver(slot: number): boolean {
    return this.page.isUsable(slot) && this.mayTakeOver(slot);
  }

  /** The same of the weights alone, as for a new connection. */
  mayTakeOver(slot: number): boolean {
    return allowedByWeight(this.page, SLOTS)(slot);
  }

  /**
   * May open connections change among these slots, only to even the load. Not where the policy promises a client its slot,
   * a program of the user's own may do so, or weights ask for uneven loads.
   */
  allowsMoves(slots: readonly number[]): boolean {
    const { keepsClients, vehicle } = this.choice;
    const weights = new Set(slots.map((slot) => this.page.weight(slot)));
    return !keepsClients && vehicle.kind !== 'pinned' && weights.size === 1;
  }

  /**
   * A listener has come into custody. It begins to listen here, so that the order of its group is known; one that was
   * `takenOver` has listened before. Strangers are looked for around this and every other change: else nobody knows whether
   * one joined before or after it.
   */
  added(entry: CustodyEntry, takenOver = false): void {
    if (entry.slot === SHARED_SLOT) return;
    this.#host.look();
    this.#addon.listen(entry.fd, this.#options.backlogConnections);
    if (takenOver) this.#silence.clear(entry);
    this.#guard(() => this.#steering.add(entry.key, entry.slot, entry.fd, !takenOver));
    this.#host.look();
    this.#watchRows();
  }

  /** What only a master can tell the next one: the members of each group by their index in the kernel's, where that is known. */
  get orders(): [key: string, members: GroupMember[]][] {
    return this.#steering.orders().map(([key, slots]) => {
      const members = this.#members(key);
      return [key, slots.flatMap((slot) => members.filter((member) => member.slot === slot))];
    });
  }

  /** Everything that there was to take over is here; `orders` is what another master has left of it. */
  settle(orders: readonly [key: string, members: readonly GroupMember[]][]): void {
    const listening = new Set(this.#addon.listeningSockets().map(({ inode }) => inode));
    for (const [key, remembered] of orders) {
      const order = orderNow(remembered, this.#members(key), (inode) => listening.has(inode));
      if (order !== null) this.#guard(() => this.#steering.restoreOrder(key, order));
    }
    this.#settled = true;
    for (const key of this.#keys()) this.#sayUnordered(key);
  }

  /** A listener in custody is about to be closed. */
  leaving({ slot }: CustodyEntry): void {
    if (slot !== SHARED_SLOT) this.#host.look();
  }

  /** It has been closed. */
  removed(entry: CustodyEntry): void {
    if (entry.slot === SHARED_SLOT) return;
    this.#silence.forget(entry);
    this.#guard(() => this.#steering.remove(entry.key, entry.slot));
    this.#host.look();
    this.#watchRows();
  }

  /** Sockets of strangers in the group of that address, by inode; as they are now. */
  setStrangers(key: string, inodes: ReadonlySet<number>): void {
    this.#guard(() => this.#steering.setStrangers(key, inodes));
    this.#sayUnordered(key);
  }

  keepsOut(key: string): boolean {
    return this.#steering.keepsOut(key);
  }

  /** The policy that is in force on that address. */
  policyOf(key: string): string {
    return this.#steering.isUnordered(key) ? 'hash' : this.choice.used;
  }

  /** Brings the slots' flags up to the supervisor's state. */
  sync(state: SupervisorState): void {
    if (!publishSlots(this.page, state)) return;
    this.#guard(() => this.#steering.refresh());
    this.#spread.slotsChanged();
    this.#silence.endWhere((slot) => this.page.isServing(slot));
  }

  /** What the slot's loop does, as it publishes it. */
  readingOf(slot: number): TurnReading {
    const [turns, busySinceNs] = [this.page.read(slot, 'turns'), this.page.read(slot, 'busySinceNs')];
    return { turns, busySinceNs, isAwaited: this.page.flags(slot).includes('stuck') };
  }

  /** A worker of the slot is gone, another serves. What the one was asked to take over it may not have answered. */
  predecessorGone(slot: number): void {
    this.page.resetRequests(slot);
    this.#steals.slotDied(slot);
  }

  /** The slots of these listeners drain: the kernel is to choose none, also where it has no program or no other slot. */
  silence(entries: readonly CustodyEntry[]): void {
    for (const entry of entries) if (!this.#steering.avoids(entry.key, entry.slot)) this.#silence.begin(entry);
  }

  /** The service ends, and these are all its listeners. Others who share the port are to get who comes now. */
  refuse(entries: readonly CustodyEntry[]): void {
    const isAlone = ({ key }: CustodyEntry) => !this.#options.shared && !this.#steering.hasStrangers(key);
    this.#silence.refuse(entries.filter(isAlone));
    this.silence(entries.filter((entry) => !isAlone(entry)));
  }

  /** The slot has no worker any more: its row is cleared, and what was asked of it is void. */
  slotDied(slot: number): void {
    this.page.setFlag(slot, 'stuck', false);
    this.page.resetWorkerLine(slot);
    this.#steals.slotDied(slot);
    this.#rescue.reset(slot);
    this.#nudgedAt.delete(slot);
  }

  /** Has others take over what waits for a slot that nobody serves. */
  relieve(slot: number): void {
    const queued = this.#queued(slot);
    if (queued.every((connections) => connections === 0)) return;
    if (takersFor(slot, this.#loops()).length > 0) this.#rescue.onDead(slot, queued);
  }

  /** Can what waits there be served by another slot's worker, now or when its loop turns again. */
  canRelieve({ slot, takesAccepted }: CustodyEntry): boolean {
    if (wayOf(this.#options.rescueBy, takesAccepted, this.#steering.migrates) === null) return false;
    return this.#slots().some((other) => other !== slot && this.#host.isThere(other));
  }

  stolen(id: number, connections: number): void {
    this.#steals.answered(id, connections);
  }

  /** @throws ReuseportError, SystemError; the former policy then stays. */
  steer(policy: string): Choice {
    const choice = this.#steering.steer(policy);
    for (const key of this.#keys()) this.#sayUnordered(key);
    this.#notices.changed(choice);
    this.#heed(choice);
    return choice;
  }

  #heed(choice: Choice): void {
    this.#spread.begin(choice.used);
    const isClassic = choice.vehicle.kind === 'classic';
    this.#watch.setTellsSet(isClassic);
    if (isClassic) this.#guard(() => this.#steering.refresh());
  }

  /** `handsOver`: to another master, which lives already. */
  close(handsOver = false): void {
    this.#spread.stop();
    this.#watch.stop();
    this.#steering.close(handsOver);
  }

  #entries(slot: number): CustodyEntry[] {
    return this.#host.entries().filter((entry) => entry.slot === slot);
  }

  /** Connections that wait in each of the slot's listeners, in the order of {@link #targets}. */
  #queued(slot: number): number[] {
    return this.#entries(slot).map(({ fd }) => this.#addon.queuedConnections(fd));
  }

  #keys(): Set<string> {
    return new Set(this.#host.entries().map(({ key }) => key));
  }

  #members(key: string): GroupMember[] {
    const entries = this.#host.entries().filter((entry) => entry.key === key && entry.slot !== SHARED_SLOT);
    return entries.map(({ slot, info }) => ({ slot, inode: info.inode }));
  }

  #targets(slot: number): RescueTarget[] {
    return this.#entries(slot).map(({ key, fd, takesAccepted }) => ({ key, fd, takesAccepted }));
  }

  #watchRows(): void {
    this.#watch.setRows(this.#slots().map((slot) => ({ slot, fds: this.#entries(slot).map(({ fd }) => fd) })));
  }

  #loops(): LoopReading[] {
    return readLoops(this.page, this.#slots(), {
      isThere: (slot) => this.#host.isThere(slot),
      queued: (slot) => this.#queued(slot).reduce((sum, connections) => sum + connections, 0),
    });
  }

  /** Those that have a listener of their own. */
  #slots(): number[] {
    return [...new Set(this.#host.entries().map(({ slot }) => slot))].filter((slot) => slot !== SHARED_SLOT);
  }

  #steal(slot: number, target: RescueTarget, max: number, done: (moved: number) => void): boolean {
    return this.#steals.make(slot, (id) => this.#host.steal(slot, id, target, max), done);
  }

  /** Not while the last one still waits for a loop that does not turn. */
  #nudge(slot: number): void {
    const turns = this.page.read(slot, 'turns');
    if (this.#nudgedAt.get(slot) === turns) return;
    this.#nudgedAt.set(slot, turns);
    this.#host.nudge(slot);
  }

  #migrate(slot: number, { key, fd }: RescueTarget): number {
    const isOrdered = this.choice.vehicle.kind === 'classic';
    if (isOrdered) this.#host.look();
    if (!this.#steering.migratesToOurs(key)) return 0;
    const { queuedConnections, backlogConnections } = this.#addon.listenerInfo(fd);
    try {
      this.#host.reorder(key, () => {
        this.#addon.migrateQueue(fd, backlogConnections);
        this.#guard(() => this.#steering.rejoined(key, slot, fd));
      });
    } catch (error) {
      this.#log.error({ event: 'migration-failed', slot }, `the queue of slot ${slot}: ${(error as Error).message}`);
      return 0;
    }
    if (isOrdered) this.#host.look();
    return queuedConnections - this.#addon.queuedConnections(fd);
  }

  /** What the kernel's program counted, or, where none counts, the workers themselves. */
  #connectionsBySlot(): Map<number, number> {
    const { page, counts } = this;
    const slots = this.#slots().filter((slot) => page.isServing(slot));
    const count = (slot: number) =>
      counts ? page.read(slot, 'selected') + page.read(slot, 'fallback') : page.read(slot, 'connections');
    return new Map(slots.map((slot) => [slot, count(slot)]));
  }

  #sayUnordered(key: string): void {
    if (this.#settled) this.#notices.ordered(key, !this.#steering.isUnordered(key), this.choice.used);
  }

  #guard(action: () => void): void {
    this.#notices.guard(action);
  }
}
