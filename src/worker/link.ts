/** The worker's side of the channel: requests that wait for their answer without turning the loop, and commands. */
import { TypedChannel } from '../channel/channel.js';
import { decodeToWorker, type ListenTarget, type ToMaster, type ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';

/** What the master may say at any time, as against answers. */
export type Command = Extract<ToWorker, { type: 'drain' | 'stats-request' | 'steal' }>;

type Welcome = Extract<ToWorker, { type: 'welcome' }>;

/** What `listen` of the program waits for; long, because the master may be busy starting the other workers. */
const ANSWER_TIMEOUT_MS = 10_000;

/** What a worker is given at its start. Owns the descriptors. */
export interface Entrance {
  welcome: Welcome;
  pageFd: number;
  wakeFd: number;
}

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
  readonly #channel: TypedChannel<ToWorker, ToMaster>;
  readonly #addon: Addon;
  #nextId = 1;
  #onCommand: (command: Command, fds: number[]) => void = () => {};
  #onLost: () => void = () => {};
  #lost = false;

  constructor(addon: Addon, fd: number) {
    this.#addon = addon;
    this.#channel = new TypedChannel(addon, fd, decodeToWorker, {
      onMessage: (message, fds) => this.#take(message, fds),
      onClose: () => this.#lose(),
      onBadMessage: (error) => this.send({ type: 'warning', code: 'ERR_MESSAGE', message: error.message }),
    });
    this.#channel.unref();
  }

  /** The first message; null when this channel was not made for this process. */
  welcome(): Entrance | null {
    const received = this.#channel.receiveSync(ANSWER_TIMEOUT_MS);
    if (received === null || received === 'closed' || received.message.type !== 'welcome') return null;
    const [pageFd, wakeFd] = received.fds;
    if (pageFd === undefined || wakeFd === undefined) return null;
    return received.message.masterPid === process.ppid ? { welcome: received.message, pageFd, wakeFd } : null;
  }

  onCommand(handler: (command: Command, fds: number[]) => void): void {
    this.#onCommand = handler;
  }

  /** Called once when the master is gone. */
  onLost(handler: () => void): void {
    this.#onLost = handler;
  }

  close(): void {
    this.#channel.close();
  }

  send(message: ToMaster, fds: readonly number[] = []): boolean {
    return this.#channel.send(message, fds);
  }

  /** May this worker serve `target`, and on which listener? Throws {@link ListenRefusal}. */
  requestListen(target: ListenTarget, data: string | null): { id: number; grant: Grant } {
    const id = this.#nextId++;
    const answer = this.#ask({ type: 'listen', id, target, data }, [], id);
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
    if (!this.send(message, fds)) throw new ListenRefusal('EPIPE', 'the master is gone');
    const deadline = monotonicMs() + ANSWER_TIMEOUT_MS;
    for (;;) {
      const received = this.#channel.receiveSync(Math.max(0, Math.ceil(deadline - monotonicMs())));
      if (received === 'closed') throw new ListenRefusal('EPIPE', 'the master is gone');
      if (received === null)
        throw new ListenRefusal('ETIMEDOUT', `the master did not answer in ${ANSWER_TIMEOUT_MS} ms`);
      const { message: answer } = received;
      if ('id' in answer && answer.id === id && !isCommand(answer)) return received;
      this.#defer(received.message, received.fds);
    }
  }

  /** A command that came while an answer was awaited is handled when the program's own turn is over. */
  #defer(message: ToWorker, fds: number[]): void {
    setImmediate(() => this.#take(message, fds));
  }

  #take(message: ToWorker, fds: number[]): void {
    if (isCommand(message)) this.#onCommand(message, fds);
    // An answer that came after its deadline: nobody waits for it any more, but the master may wait for the bind.
    else if (message.type === 'bind') {
      const { id, key } = message;
      this.send({ type: 'bind-failed', id, key, code: 'ETIMEDOUT', message: `${key}: granted too late` });
    } else for (const fd of fds) this.#addon.close(fd);
  }

  #lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#onLost();
  }
}

function isCommand(message: ToWorker): message is Command {
  return message.type === 'drain' || message.type === 'stats-request' || message.type === 'steal';
}

/** `performance` would be loaded for this alone, in the middle of the program's start. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
