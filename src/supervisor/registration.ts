/** Finds the workers that a master has left behind, and has them say who they are and what they hold. */
import { TypedChannel } from '../channel/channel.js';
import { decodeToMaster, PROTOCOL_VERSION, type ToMaster, type ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { Logger } from '../observe/log.js';
import { openDoors } from './doors.js';
import { MAX_SLOTS } from './state.js';

/** How long a worker has to answer: a loop that is in one turn for longer is passed over. */
const ANSWER_MS = 2_000;

export type WorkerChannel = TypedChannel<ToMaster, ToWorker>;

export interface HeldListener extends Omit<Extract<ToMaster, { type: 'holds' }>, 'type'> {
  /** Owned by whoever has the registration. */
  fd: number;
}

export interface Registration {
  pid: number;
  /** The kernel's number of the loop's thread; null: not told. */
  tid: number | null;
  /** How many loops its process has. */
  threads: number;
  slot: number;
  generation: number;
  state: 'ready' | 'draining';
  listeners: HeldListener[];
  channel: WorkerChannel;
  /** Takes over what comes on the channel from now on. */
  onMessage(handler: (message: ToMaster, fds: number[]) => void): void;
  /** Calls `handler` when the other end of the channel has been closed. */
  onClose(handler: () => void): void;
}

export interface Found {
  registered: Registration[];
  /** Processes that are workers of this service but cannot be taken over, with why; they have been told to drain. */
  leaving: { pid: number; why: string }[];
}

/**
 * All workers of the service that wait for a master. Without any it is done at once.
 * @param prefix of their doors
 * @param uids who may be a worker of this service, besides root and this process's user
 * @param threads event loops that each is to have
 * @param graceMs how long those have to drain that cannot be taken over
 */
export async function findWorkers(
  addon: Addon,
  log: Logger,
  prefix: string,
  { uids, threads, graceMs }: { uids: readonly number[]; threads: number; graceMs: number },
): Promise<Found> {
  const found: Found = { registered: [], leaving: [] };
  const calls = openDoors(prefix).map(async (door) => {
    const caller = new Caller(addon, door, threads);
    const answer = await caller.call([0, process.getuid?.() ?? 0, ...uids]);
    if (answer === null) return;
    if (typeof answer !== 'string') return found.registered.push(answer);
    log.warn({ event: 'worker-left-alone', workerPid: caller.pid }, `worker ${caller.pid} drains: ${answer}`);
    caller.dismiss(graceMs);
    return found.leaving.push({ pid: caller.pid, why: answer });
  });
  await Promise.all(calls);
  return found;
}

type Announced = Extract<ToMaster, { type: 'register' }>;

/** One visit at a door. */
class Caller {
  pid = 0;
  readonly #addon: Addon;
  readonly #door: string;
  readonly #threads: number;
  #channel: WorkerChannel | null = null;
  #announced: Announced | null = null;
  readonly #listeners: HeldListener[] = [];
  #onMessage = (message: ToMaster, fds: number[]) => this.#collect(message, fds);
  #onClose = () => {};
  #settle: (answer: Registration | string | null) => void = () => {};

  constructor(addon: Addon, door: string, threads: number) {
    this.#addon = addon;
    this.#door = door;
    this.#threads = threads;
  }

  /** The worker's registration; a string: why it cannot be taken over; null: nobody of ours is there. */
  async call(uids: readonly number[]): Promise<Registration | string | null> {
    const fd = this.#connect(uids);
    if (fd === null) return null;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settle(`it did not answer within ${ANSWER_MS / 1000} s`), ANSWER_MS);
      this.#settle = (answer) => {
        clearTimeout(timer);
        this.#settle = () => {};
        resolve(answer);
      };
      this.#channel = new TypedChannel(this.#addon, fd, decodeToMaster, {
        onMessage: (message, fds) => this.#onMessage(message, fds),
        onBadMessage: () => this.#settle('it speaks another protocol'),
        // It has ended, or a living master has it.
        onClose: () => {
          this.#settle(null);
          this.#onClose();
        },
      });
    });
  }

  /** It must not stay in the kernel's group without a master. One that hears nothing ends by itself when it wakes. */
  dismiss(graceMs: number): void {
    for (const { fd } of this.#listeners) this.#addon.close(fd);
    this.#onMessage = (_, fds) => {
      for (const fd of fds) this.#addon.close(fd);
    };
    this.#channel?.send({ type: 'drain', reason: 'orphan', receivers: [], graceMs });
    this.#channel?.unref();
  }

  /** Abstract names belong to whoever takes them first: who listens there is asked of the kernel. */
  #connect(uids: readonly number[]): number | null {
    let fd: number;
    try {
      fd = this.#addon.connectPackets(this.#door);
    } catch {
      // It has just ended.
      return null;
    }
    const { pid, uid } = this.#addon.peerCredentials(fd);
    this.pid = pid;
    if (uids.includes(uid)) return fd;
    this.#addon.close(fd);
    return null;
  }

  #collect(message: ToMaster, fds: number[]): void {
    const [fd, ...surplus] = fds;
    for (const extra of surplus) this.#addon.close(extra);
    if (message.type === 'register' && this.#announced === null) {
      this.#announced = message;
      if (message.version !== PROTOCOL_VERSION) {
        this.#settle(`it speaks protocol ${message.version}, this master ${PROTOCOL_VERSION}`);
      } else if ((message.threads ?? 1) !== this.#threads) {
        const { threads = 1 } = message;
        this.#settle(`its process has event loops: ${threads}; those of this master have ${this.#threads} (--threads)`);
      } else if (!isSlot(message.slot)) this.#settle(`it says that its slot is ${message.slot}`);
    } else if (message.type === 'holds' && fd !== undefined && isListener(this.#addon, fd)) {
      const { key, target, data, takesAccepted } = message;
      this.#listeners.push({ key, target, data, takesAccepted, fd });
      if (!canBeReached(this.#addon, fd))
        this.#settle('its master was about to stop, and its listeners refuse whoever comes');
    } else {
      if (fd !== undefined) this.#addon.close(fd);
      if (message.type === 'holds') this.#settle('a listener of it did not arrive, or is none');
    }
    this.#completeIfAll();
  }

  #completeIfAll(): void {
    const announced = this.#announced;
    const channel = this.#channel;
    if (announced === null || channel === null || this.#listeners.length < announced.listeners) return;
    const { slot, generation, state, tid = null, threads = 1 } = announced;
    this.#settle({
      pid: this.pid,
      tid,
      threads,
      slot,
      generation,
      state,
      listeners: this.#listeners,
      channel,
      onMessage: (handler) => {
        this.#onMessage = handler;
      },
      onClose: (handler) => {
        this.#onClose = handler;
      },
    });
  }
}

/** A worker may be another user's, and say anything. */
function isSlot(slot: number): boolean {
  return Number.isInteger(slot) && slot >= 0 && slot < MAX_SLOTS;
}

/** Of a master that has ended in the midst of a stop; what it did to refuse new connections may need rights to take back. */
function canBeReached(addon: Addon, fd: number): boolean {
  try {
    addon.acceptSyns(fd);
    return true;
  } catch {
    return false;
  }
}

function isListener(addon: Addon, fd: number): boolean {
  try {
    return addon.listenerInfo(fd).listening;
  } catch {
    return false;
  }
}
