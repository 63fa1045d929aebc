/** One worker as the master holds it: its process and its channel. */
import { TypedChannel } from '../channel/channel.js';
import { decodeToMaster, type ToMaster, type ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { ExitReport, Os, SpawnRequest } from './os.js';
import { StackRequest } from './stack-request.js';

/** What concerns others than the worker itself; of the rest nothing follows any more. */
const LAST_WORDS: ReadonlySet<ToMaster['type']> = new Set(['stats', 'received', 'warning']);

export interface WorkerProcessHandlers {
  onMessage(message: ToMaster, fds: number[]): void;
  onBadMessage(message: string): void;
  onExit(report: ExitReport): void;
}

/** A worker, whoever started it. */
export interface WorkerHandle {
  readonly pid: number | null;
  send(message: ToWorker, fds?: readonly number[]): boolean;
  signal(signal: NodeJS.Signals): void;
  /** The JavaScript stack of its main thread; null when it gives none. */
  readStack(): Promise<string | null>;
  /** Leaves it to another master: nothing is sent to it any more, nor heard of it. */
  release(): void;
}

export class WorkerProcess implements WorkerHandle {
  readonly pid: number | null;
  readonly #os: Os;
  readonly #channel: TypedChannel<ToMaster, ToWorker>;
  readonly #stack: StackRequest | null;
  #exited = false;

  /**
   * `welcome` with the state page is in the socket before the process exists, so the worker never waits for it.
   *
   * @param withStack the worker is given a stack witness
   */
  constructor(
    addon: Addon,
    os: Os,
    welcome: ToWorker,
    fds: { page: readonly number[]; access: number | null },
    withStack: boolean,
    request: (channelFd: number) => SpawnRequest,
    handlers: WorkerProcessHandlers,
  ) {
    this.#os = os;
    const [ours, theirs] = addon.socketpair();
    this.#channel = new TypedChannel(addon, ours, decodeToMaster, {
      onMessage: (message, fds) => handlers.onMessage(message, fds),
      onBadMessage: (error) => handlers.onBadMessage(error.message),
      // The exit says what there is to say.
      onClose: () => {},
    });
    let witness: number | null = null;
    try {
      const pair = withStack ? addon.socketpair() : null;
      this.#stack = pair === null ? null : new StackRequest(addon, os, pair[0]);
      witness = pair === null ? null : pair[1];
      const sent = [...fds.page, witness, fds.access].filter((fd) => fd !== null);
      this.#channel.send(welcome, sent);
      this.pid = os.spawn(request(theirs), (report) => {
        this.#exited = true;
        this.#readLast(addon, handlers);
        this.#close();
        handlers.onExit(report);
      });
    } catch (error) {
      this.#close();
      throw error;
    } finally {
      addon.close(theirs);
      if (witness !== null) addon.close(witness);
    }
  }

  /** What it has said last may not have been read yet when its end is known. */
  #readLast(addon: Addon, handlers: WorkerProcessHandlers): void {
    try {
      while (this.#channel.open) {
        const received = this.#channel.receiveSync(0);
        if (received === null || received === 'closed') return;
        for (const fd of received.fds) addon.close(fd);
        const { message } = received;
        if (LAST_WORDS.has(message.type)) handlers.onMessage(message, []);
      }
    } catch {
      // It cannot be decoded, or read: it is over.
    }
  }

  send(message: ToWorker, fds: readonly number[] = []): boolean {
    return this.#channel.send(message, fds);
  }

  readStack(): Promise<string | null> {
    return this.#stack?.read() ?? Promise.resolve(null);
  }

  release(): void {
    this.#exited = true;
    this.#close();
  }

  #close(): void {
    this.#channel.close();
    this.#stack?.close();
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#exited && this.pid !== null) this.#os.signal(this.pid, signal);
  }
}
