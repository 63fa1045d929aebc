/** A loop of a worker that another master started, as this one holds it: no child, so its process is watched from outside. */
import type { ToMaster, ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { StatePage } from '../state/page.js';
import { ForeignProcess } from './foreign-process.js';
import type { Registration, WorkerChannel } from './registration.js';
import type { WorkerHandle } from './worker-process.js';

export class AdoptedWorker implements WorkerHandle {
  readonly #channel: WorkerChannel;
  readonly #process: ForeignProcess;
  readonly tid: number | null;

  constructor(
    addon: Addon,
    registration: Registration,
    handlers: { onMessage(message: ToMaster, fds: number[]): void; onLoopEnd(): void; onExit(): void },
  ) {
    const { pid, tid, channel } = registration;
    this.#channel = channel;
    this.tid = tid;
    registration.onMessage((message, fds) => handlers.onMessage(message, fds));
    registration.onClose(() => handlers.onLoopEnd());
    this.#process = new ForeignProcess(addon, pid, () => {
      channel.close();
      handlers.onExit();
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** The worker obeys this master from now on, and publishes in its page. */
  takeCharge({ fd, wakeFd }: StatePage, orphanGraceMs: number): void {
    this.send({ type: 'take-over', orphanGraceMs }, [fd, wakeFd]);
  }

  send(message: ToWorker, fds: readonly number[] = []): boolean {
    return this.#channel.send(message, fds);
  }

  /** Its witness was the other master's. */
  readStack(): Promise<null> {
    return Promise.resolve(null);
  }

  release(): void {
    this.#process.close();
    this.#channel.close();
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }
}
