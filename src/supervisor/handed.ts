/** What one master hands to the next while both live; what workers serve on they say themselves. */
import type { Balancer } from './balancer.js';
import type { Custody } from './custody.js';
import type { Grants, Group } from './grants.js';
import type { Legacy } from './legacy.js';
import type { SupervisorState } from './state.js';
import type { WorkerHandle } from './worker-process.js';

/** Longer than a successor may take, and than this process then needs to take the workers back. */
const SUCCESSION_MS = 60_000;

export interface KeptListener {
  slot: number;
  key: string;
  ipv6Only: boolean;
  takesAccepted: boolean;
  fd: number;
}

export interface Handed {
  /** Everything in custody: also listeners whose worker is dead, with what waits in their queues. */
  listeners: KeptListener[];
  groups: readonly [key: string, group: Group][];
  /** null where a store has kept the listeners, and nothing else. */
  legacy: Legacy | null;
  /** Whose processes the workers are, besides root's and the master's own user's. */
  workerUids: readonly number[];
}

export interface Keepers {
  custody: Custody;
  grants: Grants;
  balancer: Balancer;
}

export function handOver({ custody, grants }: Keepers, about: Pick<Handed, 'legacy' | 'workerUids'>): Handed {
  const listeners = custody.all().map(({ slot, key, ipv6Only, takesAccepted, fd }) => {
    return { slot, key, ipv6Only, takesAccepted, fd };
  });
  return { listeners, groups: grants.groups, ...about };
}

/** Takes the descriptors over. What a worker has brought along already is closed here. */
export function takeHanded(
  close: (fd: number) => void,
  { custody, grants, balancer }: Keepers,
  { listeners, groups }: Handed,
): void {
  for (const { slot, key, ipv6Only, takesAccepted, fd } of listeners) {
    if (custody.find(slot, key) !== undefined) close(fd);
    else balancer.added(custody.keep(slot, key, fd, { ipv6Only, takesAccepted }, null), true);
  }
  grants.restoreGroups(groups);
}

/** The workers are without a master from now on, for a moment. */
export function leaveWorkers(workers: ReadonlyMap<number, WorkerHandle>, state: SupervisorState): void {
  for (const { id, state: phase } of state.workers) {
    // They serve nobody yet, and could not ask for their listeners.
    if (phase === 'starting' || phase === 'spare') workers.get(id)?.signal('SIGKILL');
  }
  for (const worker of workers.values()) {
    worker.send({ type: 'await-master', withinMs: SUCCESSION_MS });
    worker.release();
  }
}
