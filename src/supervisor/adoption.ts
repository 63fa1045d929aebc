/** Workers of another master come under this one: their listeners into custody, their processes under watch. */
import type { ToMaster } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import { AdoptedWorker } from './adopted-worker.js';
import { SHARED_SLOT } from './custody.js';
import type { TakenOverWorker } from './events.js';
import type { Keepers } from './handed.js';
import type { Registration } from './registration.js';

export interface AdoptionHandlers {
  onMessage(worker: number, slot: number, message: ToMaster, fds: number[]): void;
  onExit(worker: number): void;
}

/** `firstId`: of the workers' ids, which go up from the oldest of each slot to the newest. */
export function adoptWorkers(
  keepers: Keepers & { addon: Addon },
  registered: readonly Registration[],
  firstId: number,
  handlers: AdoptionHandlers,
): { event: TakenOverWorker; handle: AdoptedWorker }[] {
  const ordered = registered.toSorted((a, b) => a.slot - b.slot || a.generation - b.generation);
  return ordered.map((registration, index) => {
    const worker = firstId + index;
    const { slot, generation, pid, state } = registration;
    adoptListeners(keepers, registration, worker);
    const handle = new AdoptedWorker(keepers.addon, registration, {
      onMessage: (message, fds) => handlers.onMessage(worker, slot, message, fds),
      onExit: () => handlers.onExit(worker),
    });
    return { event: { worker, slot, generation, pid, state }, handle };
  });
}

/** Takes their descriptors over. */
function adoptListeners(
  { addon, custody, grants, balancer }: Keepers & { addon: Addon },
  { slot, listeners }: Registration,
  worker: number,
): void {
  for (const { key, target, data, takesAccepted, fd } of listeners) {
    // Without SO_REUSEPORT there is one socket for all: a path, or an address that systemd has bound.
    const place = target.kind === 'unix' || !addon.reusesPort(fd) ? SHARED_SLOT : slot;
    const kept = custody.find(place, key);
    if (kept !== undefined) {
      // The same socket: of a slot's old and new worker, or of a path that all share.
      addon.close(fd);
      kept.holders.add(worker);
      continue;
    }
    const ipv6Only = target.kind === 'tcp' && target.ipv6Only;
    const entry = custody.keep(place, key, fd, { ipv6Only, takesAccepted }, worker);
    grants.restore(target, key, entry.info.port, data);
    balancer.added(entry, true);
  }
}
