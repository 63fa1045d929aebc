/**
 * Where another master finds this worker: a socket with an abstract name that holds its pid. The kernel takes the name back
 * when the worker ends, and shows it to whoever looks for workers of the service. Nothing is polled for: a worker without a
 * master just serves until somebody comes to the door.
 */
import { TypedChannel } from '../channel/channel.js';
import { decodeToWorker, type ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { MasterChannel, MasterLink } from './link.js';
import type { PageDescriptors } from '../state/page.js';

/** Callers that may wait at a time; more are not accepted yet. */
const MOST_CALLERS = 16;

export interface DoorOptions {
  /** Abstract: that of the service, and the pid with the number of the thread. */
  name: string;
  /** Of the master that started this worker; whoever comes must have it, or be root or this worker's own user. */
  masterUid: number;
  /** Is there anything to take over: not before the worker is ready. */
  serves(): boolean;
  /** Says who this worker is, and what it holds. */
  register(channel: MasterChannel): void;
  /** The caller is in charge now. */
  onTakenOver(message: Extract<ToWorker, { type: 'take-over' }>, page: PageDescriptors): void;
}

interface Caller {
  channel: MasterChannel;
  state: 'waiting' | 'registered' | 'in charge';
}

export class Door {
  readonly #addon: Addon;
  readonly #link: MasterLink;
  readonly #options: DoorOptions;
  readonly #callers = new Set<Caller>();

  private constructor(addon: Addon, link: MasterLink, options: DoorOptions) {
    this.#addon = addon;
    this.#link = link;
    this.#options = options;
  }

  /** @throws SystemError when the name is taken, or no descriptor is left. */
  static open(addon: Addon, link: MasterLink, options: DoorOptions): Door {
    const door = new Door(addon, link, options);
    const fd = addon.listenPackets(options.name);
    const watch = new addon.ReadableWatch(fd, () => {
      for (const caller of acceptFrom(addon, fd)) door.#admit(caller);
    });
    watch.unref();
    return door;
  }

  /** The master is gone: whoever waits may come in. */
  unlock(): void {
    for (const caller of this.#callers) this.#answer(caller);
  }

  #admit(fd: number): void {
    const { uid } = this.#addon.peerCredentials(fd);
    if (uid !== 0 && uid !== process.getuid?.() && uid !== this.#options.masterUid) return this.#addon.close(fd);
    const channel: MasterChannel = new TypedChannel(this.#addon, fd, decodeToWorker, {
      onMessage: (message, fds) => this.#onMessage(caller, message, fds),
      onBadMessage: () => this.#dismiss(caller),
      onClose: () => this.#dismiss(caller),
    });
    channel.unref();
    const caller: Caller = { channel, state: 'waiting' };
    this.#callers.add(caller);
    this.#answer(caller);
  }

  /** A living master is not robbed of its workers by another that happens to look for the same name. */
  #answer(caller: Caller): void {
    if (caller.state !== 'waiting' || !this.#link.lost || !this.#options.serves()) return;
    caller.state = 'registered';
    this.#options.register(caller.channel);
  }

  #onMessage(caller: Caller, message: ToWorker, fds: number[]): void {
    if (caller.state === 'in charge') return this.#link.receive(message, fds);
    const [pageFd, wakeFd] = fds;
    // The master's first decision may be that of two workers of this slot one gives way to the other.
    const isDecision = message.type === 'drain' || message.type === 'receive';
    if (caller.state === 'registered' && isDecision) return this.#link.receive(message, fds);
    if (caller.state === 'registered' && message.type === 'take-over' && pageFd !== undefined && wakeFd !== undefined) {
      caller.state = 'in charge';
      this.#link.moveTo(caller.channel);
      this.#options.onTakenOver(message, { fd: pageFd, wakeFd });
      return;
    }
    for (const fd of fds) this.#addon.close(fd);
    this.#dismiss(caller);
  }

  #dismiss(caller: Caller): void {
    this.#callers.delete(caller);
    caller.channel.close();
    if (caller.state === 'in charge') this.#link.lose();
  }
}

/** Without a descriptor left nobody can come in; that must not end the program. */
function acceptFrom(addon: Addon, fd: number): readonly number[] {
  try {
    return addon.acceptAll(fd, MOST_CALLERS);
  } catch {
    return [];
  }
}
