/** The worker's side of the channel: requests that wait for their answer without turning the loop, and commands. */
import { TypedChannel } from '../channel/channel.js';
import { decodeToWorker, type ListenTarget, type ToMaster, type ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import { saveCompileCache } from './compile-cache.js';
import { collectYoungGarbage } from './young-generation.js';

const COMMANDS = [
  'drain',
  'share',
  'receive',
  'stats-request',
  'steal',
  'nudge',
  'await-master',
  'logs',
] as const satisfies readonly ToWorker['type'][];

/** What the master may say at any time, as against answers. */
export type Command = Extract<ToWorker, { type: (typeof COMMANDS)[number] }>;

type Welcome = Extract<ToWorker, { type: 'welcome' }>;

/** What `listen` of the program waits for; long, because the master may be busy starting the other workers. */
const ANSWER_TIMEOUT_MS = 10_000;
/** What one wait takes as its time-out. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** What a worker is given at its start. Owns the descriptors. */
export interface Entrance {
  welcome: Welcome;
  pageFd: number;
  wakeFd: number;
  /** undefined: no stack witness is wanted. */
  witnessFd: number | undefined;
  /** undefined: there is no access log, or it goes to standard output. */
  accessFd: number | undefined;
}

export type MasterChannel = TypedChannel<ToWorker, ToMaster>;

export class ListenRefusal extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export interface Grant {
  key: string;
  /** Set for `adopt`. */
  fd: number | null;
  /** For `bind`: the port that the other workers have, or what was asked for. */
  port: number;
  data: string | null;
}

export class MasterLink {
  #channel: MasterChannel;
  readonly #addon: Addon;
  #nextId = 1;
  #onCommand: (command: Command, fds: number[]) => void = () => {};
  #onLost: () => void = () => {};
  #lost = false;
  /** This worker is a spare: its first request waits for a slot, for however long. */
  #isSpare = false;
  #onAssigned: (slot: number) => void = () => {};

  constructor(addon: Addon, fd: number) {
    this.#addon = addon;
    this.#channel = new TypedChannel(addon, fd, decodeToWorker, {
      onMessage: (message, fds) => this.receive(message, fds),
      onClose: () => this.lose(),
      onBadMessage: (error) => this.send({ type: 'warning', code: 'ERR_MESSAGE', message: error.message }),
    });
    this.#channel.unref();
  }

  /** The first message; null when this channel was not made for this process. */
  welcome(): Entrance | null {
    const received = this.#channel.receiveSync(ANSWER_TIMEOUT_MS);
    if (received === null || received === 'closed' || received.message.type !== 'welcome') return null;
    const fds = [...received.fds];
    const accessFd = received.message.settings.accessLog?.toFile === true ? fds.pop() : undefined;
    const [pageFd, wakeFd, witnessFd] = fds;
    if (pageFd === undefined || wakeFd === undefined) return null;
    this.#isSpare = received.message.slot < 0;
    return received.message.masterPid === process.ppid
      ? { welcome: received.message, pageFd, wakeFd, witnessFd, accessFd }
      : null;
  }

  onCommand(handler: (command: Command, fds: number[]) => void): void {
    this.#onCommand = handler;
  }

  /** Called when a spare is given its slot, before its `listen` returns. */
  onAssigned(handler: (slot: number) => void): void {
    this.#onAssigned = handler;
  }

  /** Called when the master is gone; once for each. */
  onLost(handler: () => void): void {
    this.#onLost = handler;
  }

  /** Has the worker no master. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Another master is in charge from now on: what comes on its channel is to be passed to `receive` and `lose`. */
  moveTo(channel: MasterChannel): void {
    this.#channel.close();
    this.#channel = channel;
    this.#lost = false;
  }

  close(): void {
    this.#channel.close();
  }

  send(message: ToMaster, fds: readonly number[] = []): boolean {
    return this.#channel.send(message, fds);
  }

  /** May this worker serve `target`, and on which listener? Throws {@link ListenRefusal}. */
  requestListen(target: ListenTarget, data: string | null, takesAccepted: boolean): { id: number; grant: Grant } {
    const id = this.#nextId++;
    const answer = this.#ask({ type: 'listen', id, target, data, takesAccepted }, [], id);
    const { message } = answer;
    if (message.type === 'bind') {
      return { id, grant: { key: message.key, fd: null, port: message.port, data: null } };
    }
    if (message.type !== 'adopt') throw this.#refusal(answer);
    const fd = answer.fds[0] ?? null;
    if (fd === null) throw new ListenRefusal('EMFILE', 'the listener did not arrive: too many open files');
    return { id, grant: { key: message.key, fd, port: 0, data: message.data } };
  }

  /** Puts a dup of the bound listener into custody; returns the group's data. */
  keep(id: number, key: string, fd: number): string | null {
    const answer = this.#ask({ type: 'bound', id, key }, [fd], id);
    if (answer.message.type !== 'kept') throw this.#refusal(answer);
    return answer.message.data;
  }

  #refusal(answer: { message: ToWorker; fds: number[] }): ListenRefusal {
    for (const fd of answer.fds) this.#addon.close(fd);
    const { message } = answer;
    if (message.type === 'refuse') return new ListenRefusal(message.code, message.message);
    return new ListenRefusal('EPROTO', `unexpected answer of the master: ${message.type}`);
  }

  #ask(message: ToMaster, fds: readonly number[], id: number): { message: ToWorker; fds: number[] } {
    // Before the master believes that it is prepared.
    if (this.#isSpare) {
      saveCompileCache();
      collectYoungGarbage();
    }
    if (!this.send(message, fds)) throw new ListenRefusal('EPIPE', 'the master is gone');
    let deadline = this.#isSpare ? Number.POSITIVE_INFINITY : monotonicMs() + ANSWER_TIMEOUT_MS;
    for (;;) {
      const leftMs = Math.min(Math.max(0, Math.ceil(deadline - monotonicMs())), LONGEST_WAIT_MS);
      const received = this.#channel.receiveSync(leftMs);
      // It has never served, so nobody misses it.
      if (received === 'closed' && this.#isSpare) process.exit();
      if (received === null && this.#isSpare) continue;
      if (received === 'closed') throw new ListenRefusal('EPIPE', 'the master is gone');
      if (received === null)
        throw new ListenRefusal('ETIMEDOUT', `the master did not answer in ${ANSWER_TIMEOUT_MS} ms`);
      const { message: answer } = received;
      if (answer.type === 'assign') {
        this.#isSpare = false;
        deadline = monotonicMs() + ANSWER_TIMEOUT_MS;
        this.#onAssigned(answer.slot);
        continue;
      }
      if ('id' in answer && answer.id === id && !isCommand(answer)) return received;
      this.#defer(received.message, received.fds);
    }
  }

  /** A command that came while an answer was awaited is handled when the program's own turn is over. */
  #defer(message: ToWorker, fds: number[]): void {
    setImmediate(() => this.receive(message, fds));
  }

  /** Whatever comes from the master in charge, unasked. */
  receive(message: ToWorker, fds: number[]): void {
    if (isCommand(message)) this.#onCommand(message, fds);
    // An answer that came after its deadline: nobody waits for it any more, but the master may wait for the bind.
    else if (message.type === 'bind') {
      const { id, key } = message;
      this.send({ type: 'bind-failed', id, key, code: 'ETIMEDOUT', message: `${key}: granted too late` });
    } else for (const fd of fds) this.#addon.close(fd);
  }

  /** The channel of the master in charge has been closed by its end. */
  lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#onLost();
  }
}

function isCommand(message: ToWorker): message is Command {
  return (COMMANDS as readonly string[]).includes(message.type);
}

/** `performance` would be loaded for this alone, in the middle of the program's start. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
