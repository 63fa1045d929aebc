/** A master's beginning with what another has left, and its end that leaves everything to another. */
import type { Addon } from '../native/addon.js';
import type { Logger } from '../observe/log.js';
import { type AdoptionHandlers, adoptWorkers } from './adoption.js';
import type { SupervisorEvent } from './events.js';
import { type Handed, handOver, type Keepers, leaveWorkers, takeHanded } from './handed.js';
import type { Legacy } from './legacy.js';
import type { Found } from './registration.js';
import type { SupervisorState } from './state.js';
import { holdersOfSocket } from './strangers.js';
import type { WorkerHandle } from './worker-process.js';

export interface SuccessionParts extends Keepers, AdoptionHandlers {
  addon: Addon;
  log: Logger;
  workers: Map<number, WorkerHandle>;
  onAdopted(pid: number): void;
  orphanGraceMs: number;
  /** Whose processes the workers are, besides root's and this process's user's. */
  workerUids: readonly number[];
  /** Event loops of each worker. */
  threads: number;
  state(): SupervisorState;
  processes(): SupervisorState;
  dispatch(event: SupervisorEvent): void;
}

export class Succession {
  readonly #parts: SuccessionParts;
  /** Sockets that come into custody one after the other. */
  readonly #expected = new Set<number>();
  /** Workers of another master that could not be taken over. */
  readonly #leaving = new Set<number>();

  constructor(parts: SuccessionParts) {
    this.#parts = parts;
  }

  /** Says beforehand what {@link takeOver} and {@link take} will bring: none of it is a stranger's. */
  expect({ registered, leaving }: Found, handed: Handed | null): void {
    const { addon } = this.#parts;
    for (const { pid } of leaving) this.#leaving.add(pid);
    for (const { fd } of [...registered.flatMap(({ listeners }) => listeners), ...(handed?.listeners ?? [])]) {
      this.#expected.add(addon.listenerInfo(fd).inode);
    }
  }

  /** Workers of another master are under this one from now on. Before the start. */
  takeOver({ registered }: Found): void {
    const parts = this.#parts;
    const adopted = adoptWorkers(
      parts,
      registered,
      { firstId: parts.processes().nextWorkerId, threads: parts.threads },
      parts,
    );
    for (const { event, handles } of adopted) {
      for (const [loop, handle] of handles) parts.workers.set(loop, handle);
      parts.onAdopted(event.pid);
    }
    parts.dispatch({ type: 'taken-over', workers: adopted.map(({ event }) => event) });
    for (const { handles } of adopted) {
      for (const [, handle] of handles) handle.takeCharge(parts.balancer.page, parts.orphanGraceMs);
    }
  }

  /** What the other master had in custody, and no worker has brought along; and the order of all. */
  take(handed: Handed | null, legacy: Legacy | null): void {
    if (handed !== null) takeHanded((fd) => this.#parts.addon.close(fd), this.#parts, handed);
    this.#expected.clear();
    this.#parts.balancer.settle(legacy?.orders ?? []);
  }

  /** The workers are without a master; what this one had in custody stays open until the process ends. */
  leave(legacy: Legacy): Handed {
    const parts = this.#parts;
    parts.balancer.close(true);
    leaveWorkers(parts.workers, parts.state());
    return handOver(parts, { legacy, workerUids: parts.workerUids });
  }

  /** Is it a socket of this service that is not in custody: it soon will be, or its worker ends. */
  isOurs(inode: number): boolean {
    if (this.#expected.has(inode)) return true;
    return this.#leaving.size > 0 && holdersOfSocket(inode).some(({ pid }) => this.#leaving.has(pid));
  }
}
