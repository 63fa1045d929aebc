/** Workers of another master come under this one: their listeners into custody, their processes under watch. */
import type { ToMaster } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import { AdoptedWorker } from './adopted-worker.js';
import { SHARED_SLOT } from './custody.js';
import type { TakenOverWorker } from './events.js';
import type { Keepers } from './handed.js';
import type { Registration } from './registration.js';
import { loopId } from './threads.js';

export interface AdoptionHandlers {
  onMessage(worker: number, slot: number, message: ToMaster, fds: number[]): void;
  /** One of several has ended. */
  onLoopEnd(loop: number): void;
  /** A process has. */
  onExit(worker: number): void;
}

/**
 * A worker is a process: what its loops have registered belongs together.
 *
 * @param firstId of the workers, which go up from the oldest of each slot to the newest
 */
export function adoptWorkers(
  keepers: Keepers & { addon: Addon },
  registered: readonly Registration[],
  { firstId, threads }: { firstId: number; threads: number },
  handlers: AdoptionHandlers,
): { event: TakenOverWorker; handles: [loop: number, handle: AdoptedWorker][] }[] {
  const pids = [...new Set(registered.map(({ pid }) => pid))];
  const processes = pids.map((of) => registered.filter(({ pid }) => pid === of));
  const workers = processes.map((loops) => ({ loops, ...workerOf(loops, threads) }));
  const ordered = workers.toSorted((a, b) => a.slot - b.slot || a.generation - b.generation);
  return ordered.map(({ loops, ...about }, index) => {
    const worker = firstId + index;
    const handles = loops.map((registration): [number, AdoptedWorker] => {
      const { slot } = registration;
      const loop = loopId(worker, slot % threads, threads);
      adoptListeners(keepers, registration, loop);
      const handle = new AdoptedWorker(keepers.addon, registration, {
        onMessage: (message, fds) => handlers.onMessage(loop, slot, message, fds),
        onLoopEnd: () => handlers.onLoopEnd(loop),
        onExit: () => handlers.onExit(worker),
      });
      return [loop, handle];
    });
    return { event: { worker, ...about }, handles };
  });
}

function workerOf(loops: readonly Registration[], threads: number): Omit<TakenOverWorker, 'worker'> {
  const present = new Set(loops.map(({ slot }) => slot % threads));
  const all = Array.from({ length: threads }, (_, thread) => thread);
  const [{ slot, generation, pid } = { slot: 0, generation: 0, pid: 0 }] = loops;
  return {
    slot: slot - (slot % threads),
    generation,
    pid,
    state: loops.some(({ state }) => state === 'draining') ? 'draining' : 'ready',
    endedThreads: all.filter((thread) => !present.has(thread)),
  };
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
