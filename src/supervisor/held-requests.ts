import type { ToMaster } from '../channel/messages.js';

export type ListenMessage = Extract<ToMaster, { type: 'listen' }>;

/** The first `listen` of each spare, which waits in the master until the spare has a slot. */
export class HeldRequests {
  readonly #held = new Map<number, ListenMessage>();

  hold(worker: number, message: ListenMessage): void {
    this.#held.set(worker, message);
  }

  take(worker: number): ListenMessage | undefined {
    const message = this.#held.get(worker);
    this.#held.delete(worker);
    return message;
  }
}
