/** Steering of one address for programs that supervise themselves. */
import { ReuseportError } from '../errors.js';
import type { Listener } from '../listener/listener.js';
import type { ListenerInfo, SystemError } from '../native/addon.js';
import type { BpfProgramInfo } from '../native/kernel-addon.js';
import { loadAddon } from '../native/load.js';
import { checkInteger, checkSlot } from '../state/check.js';
import { MAX_ROWS } from '../state/layout.js';
import { StatePage } from '../state/page.js';
import { type Capabilities, probeCapabilities } from './capabilities.js';
import { choosePolicy } from './choose-policy.js';
import { KernelGroup, type Vehicle } from './group.js';
import type { Choose } from './program.js';

export interface SteeringGroupOptions {
  /** The page that the programs read and count in; groups of several addresses may share it. The caller closes it. */
  page: StatePage;
  /** As in {@link SteeringGroup.steer}; default `auto`. */
  policy?: string | Choose;
  /** How many slots there will be, 1 to 64; default 1. A program is made for so many at once, which spares loads. */
  expectedSlots?: number;
}

/** What steers a group, and why. */
export interface SteeringChoice {
  /** As it was asked for; the name of the function for a program of one's own. */
  asked: string;
  used: string;
  why: string;
}

interface Plan {
  choice: SteeringChoice;
  vehicle: Vehicle;
  weights: readonly number[];
}

/** How many groups of this process have the slot: it is ready as long as there is one. */
const memberships = new WeakMap<StatePage, number[]>();

/**
 * The listening sockets of one address, and the program in the kernel that chooses one of them for each new connection.
 *
 * A program holds for all sockets of the address in this network namespace, of whichever process. Those that are no
 * members get connections only when the program finds no slot, and the kernel's hash decides.
 */
export class SteeringGroup {
  readonly #addon = loadAddon();
  readonly #page: StatePage;
  readonly #group: KernelGroup;
  readonly #allowed: Capabilities;
  /** The members' descriptors, by slot. */
  readonly #fds = new Map<number, number>();
  #choice: SteeringChoice;
  #address: ListenerInfo | null = null;
  #closed = false;

  /**
   * @throws ReuseportError ERR_CONFIG_INVALID for a policy that does not exist, ERR_STEERING_DENIED for one that is not
   *   allowed here
   */
  constructor({ page, policy = 'auto', expectedSlots = 1 }: SteeringGroupOptions) {
    checkInteger('expectedSlots', expectedSlots, 1, MAX_ROWS);
    if (!(page instanceof StatePage)) throw new ReuseportError('ERR_ARGUMENT', 'page: expected a StatePage');
    this.#page = page;
    const found = probeCapabilities(this.#addon);
    this.#allowed = page.inKernel
      ? found
      : { ...found, page: { ok: false, why: `the page is not there: ${page.why}` } };
    const { choice, vehicle, weights } = this.#plan(policy);
    this.#choice = choice;
    this.#group = new KernelGroup(this.#addon, page, vehicle, expectedSlots);
    this.#weigh(weights);
  }

  get policy(): SteeringChoice {
    return this.#choice;
  }

  /** The slots of the members, in the order in which they were added. */
  get slots(): number[] {
    return [...this.#fds.keys()];
  }

  /** The eBPF program that is attached: its id for bpftool, how often and for how long it ran. null when there is none. */
  get program(): BpfProgramInfo | null {
    const fd = this.#group.programFd;
    return fd === null ? null : this.#addon.bpfProgramInfo(fd);
  }

  /**
   * A listening socket is a member from now on, and its slot ready. `listener`, or its descriptor, stays the caller's: the
   * group keeps a duplicate until {@link remove} or {@link close}, and with it the socket and its queue, whoever else
   * closes it. Without eBPF, members must be added in the order in which they began to listen: a classic program knows
   * them by their index in the kernel's group.
   *
   * @throws ReuseportError ERR_GROUP_MEMBER when the socket cannot be one, ERR_PROGRAM when the kernel refuses the program
   *   (its field `verifierLog` tells what the verifier said); SystemError. The group is as before then.
   */
  add(slot: number, listener: Listener | number): void {
    this.#checkOpen();
    checkSlot(slot);
    const given = typeof listener === 'number' ? listener : listener.fd;
    const info = this.#addon.listenerInfo(given);
    this.#checkMember(slot, info);
    const fd = this.#addon.dup(given);
    this.#fds.set(slot, fd);
    this.#seat(slot, 1);
    try {
      this.#group.add(slot, fd);
    } catch (error) {
      this.remove(slot);
      throw explainMember(slot, info, error);
    }
    this.#address ??= info;
  }

  /**
   * The slot gets no connection from now on; nothing happens for one that is no member. A listener that others have open
   * stays open, with what is in its queue: only the kernel's hash may still choose it. Without eBPF it must be closed by
   * all others first.
   */
  remove(slot: number): void {
    const fd = this.#fds.get(slot);
    if (fd === undefined) return;
    this.#fds.delete(slot);
    this.#seat(slot, -1);
    this.#addon.close(fd);
    this.#group.remove(slot);
    if (this.#fds.size === 0) this.#address = null;
  }

  /**
   * Another policy, from the next SYN on: a name as in docs/steering.md (but no pinned program: those are for the command),
   * or a {@link Choose} of one's own. `weighted` takes the weights that the page has, `weighted:1,2` sets them.
   *
   * @throws as the constructor and {@link add} do. The former policy stays then.
   */
  steer(policy: string | Choose): SteeringChoice {
    this.#checkOpen();
    const { choice, vehicle, weights } = this.#plan(policy);
    this.#group.setVehicle(vehicle);
    this.#choice = choice;
    this.#weigh(weights);
    return choice;
  }

  /** After a change of flags in the page, where a classic program steers: it must name other members. Others read them. */
  refresh(): void {
    this.#group.refresh();
  }

  /** Takes the program off: listeners that others have open go on under the kernel's hash. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#group.close();
    for (const [slot, fd] of this.#fds) {
      this.#seat(slot, -1);
      this.#addon.close(fd);
    }
    this.#fds.clear();
  }

  #plan(policy: string | Choose): Plan {
    if (typeof policy === 'function') return this.#planOwn(policy);
    const { asked, used, why, vehicle, weights } = choosePolicy(policy, this.#allowed);
    if (vehicle.kind !== 'pinned') return { choice: { asked, used, why }, vehicle, weights };
    const message = `policy "${policy}": pinned programs are for the command (reuseport run --steer); give a function here`;
    throw new ReuseportError('ERR_ARGUMENT', message, { fields: { policy } });
  }

  #planOwn(choose: Choose): Plan {
    const { ebpf, page, migrate } = this.#allowed;
    const name = choose.name === '' ? 'own' : choose.name;
    if (!ebpf.ok || !page.ok) {
      const message = `policy "${name}": a program of one's own needs CAP_BPF (${ebpf.why ?? page.why})`;
      throw new ReuseportError('ERR_STEERING_DENIED', message, { fields: { policy: name } });
    }
    const vehicle = { kind: 'ebpf', name, choose, migrate: migrate.ok } as const;
    return { choice: { asked: name, used: name, why: 'as asked' }, vehicle, weights: [] };
  }

  #weigh(weights: readonly number[]): void {
    weights.forEach((weight, slot) => this.#page.setWeight(slot, weight));
  }

  #checkMember(slot: number, info: ListenerInfo): void {
    const where = describe(info);
    if (this.slots.includes(slot))
      throw refused(slot, `it has a listener in this group already; remove(${slot}) first`);
    if (info.family === 'unix') throw refused(slot, `${where} is a unix socket, and those have no groups`);
    if (!info.listening) throw refused(slot, `${where} does not listen yet: a socket joins its group by listen(2)`);
    const first = this.#address;
    if (first === null || where === describe(first)) return;
    throw refused(
      slot,
      `it listens on ${where}, and the group on ${describe(first)}. Each address is a group of its own.`,
    );
  }

  #seat(slot: number, change: 1 | -1): void {
    const counts = memberships.get(this.#page) ?? [];
    memberships.set(this.#page, counts);
    const count = (counts[slot] ?? 0) + change;
    counts[slot] = count;
    this.#page.setFlag(slot, 'ready', count > 0);
  }

  #checkOpen(): void {
    if (this.#closed) throw new ReuseportError('ERR_CLOSED', 'the steering group is closed; make a new one');
  }
}

function describe({ family, address, port }: ListenerInfo): string {
  return family === 'IPv6' ? `[${address}]:${port}` : family === 'unix' ? address : `${address}:${port}`;
}

function refused(slot: number, why: string, cause?: unknown): ReuseportError {
  return new ReuseportError('ERR_GROUP_MEMBER', `slot ${slot}: ${why}`, { cause, fields: { slot } });
}

/** What the kernel means by the two errno names with which it refuses a socket (kernel/bpf/reuseport_array.c). */
function explainMember(slot: number, info: ListenerInfo, error: unknown): unknown {
  const { code, syscall } = error as Partial<SystemError>;
  if (syscall !== 'bpf' && syscall !== 'setsockopt') return error;
  const where = describe(info);
  if (code === 'EINVAL') return refused(slot, `${where} was bound without SO_REUSEPORT, so it is in no group`, error);
  if (code !== 'EBUSY') return error;
  return refused(
    slot,
    `this socket of ${where} is a member already, as another slot or of another SteeringGroup`,
    error,
  );
}
