/** One worker as the master holds it: its process and its channel. */
import { TypedChannel } from '../channel/channel.js';
import { decodeToMaster, type ToMaster, type ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { ExitReport, Os, SpawnRequest } from './os.js';

export interface WorkerProcessHandlers {
  onMessage(message: ToMaster, fds: number[]): void;
  onBadMessage(message: string): void;
  onExit(report: ExitReport): void;
}

export class WorkerProcess {
  readonly pid: number | null;
  readonly #os: Os;
  readonly #channel: TypedChannel<ToMaster, ToWorker>;
  #exited = false;

  /** `welcome` with the state page is in the socket before the process exists, so the worker never waits for it. */
  constructor(
    addon: Addon,
    os: Os,
    welcome: ToWorker,
    pageFds: readonly number[],
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
    try {
      this.#channel.send(welcome, pageFds);
      this.pid = os.spawn(request(theirs), (report) => {
        this.#exited = true;
        this.#channel.close();
        handlers.onExit(report);
      });
    } catch (error) {
      this.#channel.close();
      throw error;
    } finally {
      addon.close(theirs);
    }
  }

  send(message: ToWorker, fds: readonly number[] = []): boolean {
    return this.#channel.send(message, fds);
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#exited && this.pid !== null) this.#os.signal(this.pid, signal);
  }
}
