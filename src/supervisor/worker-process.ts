/** A worker as the master holds it: its process, and the channel of each of its loops. */
import { TypedChannel } from '../channel/channel.js';
import { decodeToMaster, type ToMaster, type ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { ExitReport, Os, SpawnRequest } from './os.js';
import { StackRequest } from './stack-request.js';

/** What concerns others than the worker itself; of the rest nothing follows any more. */
const LAST_WORDS: ReadonlySet<ToMaster['type']> = new Set(['stats', 'received', 'warning']);

export interface LoopHandlers {
  onMessage(message: ToMaster, fds: number[]): void;
  onBadMessage(message: string): void;
  /** The loop is gone, and perhaps its process. */
  onEnd(): void;
}

/** A loop of a worker, whoever started it. */
export interface WorkerHandle {
  readonly pid: number | null;
  /** The kernel's number of its thread; null until it has said so. */
  readonly tid: number | null;
  send(message: ToWorker, fds?: readonly number[]): boolean;
  /** To its process. */
  signal(signal: NodeJS.Signals): void;
  /** The JavaScript stack of its thread; null when it gives none. */
  readStack(): Promise<string | null>;
  /** Leaves it to another master: nothing is sent to it any more, nor heard of it. */
  release(): void;
}

export interface ProcessSetting {
  addon: Addon;
  os: Os;
  /** The first message to each loop. */
  welcomes: readonly ToWorker[];
  /** That every loop is given. */
  fds: { page: readonly number[]; access: number | null };
  /** Each loop is given a stack witness. */
  withStack: boolean;
  request: (channelFds: readonly number[]) => SpawnRequest;
}

export class WorkerProcess {
  readonly pid: number | null;
  readonly loops: readonly WorkerHandle[];
  exited = false;

  /** `welcome` with the state page is in each socket before the process exists, so no loop ever waits for it. */
  constructor(
    { addon, os, welcomes, fds, withStack, request }: ProcessSetting,
    handlersOf: (thread: number) => LoopHandlers,
    onExit: (report: ExitReport) => void,
  ) {
    const loops: WorkerLoop[] = [];
    const theirs: number[] = [];
    const end = (thread: number) => {
      if (!this.exited) handlersOf(thread).onEnd();
    };
    this.loops = loops;
    try {
      for (const [thread, welcome] of welcomes.entries()) {
        const [ourEnd, theirEnd] = addon.socketpair();
        theirs.push(theirEnd);
        const loop = new WorkerLoop(this, { addon, os }, ourEnd, handlersOf(thread), () => end(thread));
        loops.push(loop);
        loop.welcome(welcome, fds, withStack);
      }
      this.pid = os.spawn(request(theirs), (report) => {
        this.exited = true;
        for (const loop of loops) loop.readLast();
        for (const loop of loops) loop.release();
        onExit(report);
      });
    } catch (error) {
      for (const loop of loops) loop.release();
      throw error;
    } finally {
      for (const fd of theirs) addon.close(fd);
    }
  }
}

class WorkerLoop implements WorkerHandle {
  readonly #process: WorkerProcess;
  readonly #addon: Addon;
  readonly #os: Os;
  readonly #channel: TypedChannel<ToMaster, ToWorker>;
  readonly #handlers: LoopHandlers;
  #stack: StackRequest | null = null;
  #tid: number | null = null;

  constructor(
    process: WorkerProcess,
    { addon, os }: { addon: Addon; os: Os },
    fd: number,
    handlers: LoopHandlers,
    onClose: () => void,
  ) {
    this.#process = process;
    this.#addon = addon;
    this.#os = os;
    this.#handlers = handlers;
    this.#channel = new TypedChannel(addon, fd, decodeToMaster, {
      onMessage: (message, fds) => {
        if (message.type === 'hello') this.#tid = message.tid ?? null;
        handlers.onMessage(message, fds);
      },
      onBadMessage: (error) => handlers.onBadMessage(error.message),
      onClose,
    });
  }

  get pid(): number | null {
    return this.#process.pid;
  }

  get tid(): number | null {
    return this.#tid;
  }

  welcome(message: ToWorker, { page, access }: ProcessSetting['fds'], withStack: boolean): void {
    const pair = withStack ? this.#addon.socketpair() : null;
    if (pair !== null) this.#stack = new StackRequest(this.#addon, this.#os, pair[0]);
    const witness = pair === null ? null : pair[1];
    try {
      this.send(
        message,
        [...page, witness, access].filter((fd) => fd !== null),
      );
    } finally {
      if (witness !== null) this.#addon.close(witness);
    }
  }

  /** What it has said last may not have been read yet when its end is known. */
  readLast(): void {
    try {
      while (this.#channel.open) {
        const received = this.#channel.receiveSync(0);
        if (received === null || received === 'closed') return;
        for (const fd of received.fds) this.#addon.close(fd);
        const { message } = received;
        if (LAST_WORDS.has(message.type)) this.#handlers.onMessage(message, []);
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
    this.#process.exited = true;
    this.#channel.close();
    this.#stack?.close();
  }

  signal(signal: NodeJS.Signals): void {
    const { exited, pid } = this.#process;
    if (!exited && pid !== null) this.#os.signal(pid, signal);
  }
}
