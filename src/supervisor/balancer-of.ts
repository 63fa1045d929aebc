import type { Addon } from '../native/addon.js';
import type { Logger } from '../observe/log.js';
import { Balancer } from './balancer.js';
import type { BalancerHost } from './balancer-host.js';
import type { MasterOptions } from './master-options.js';
import type { WorkerHandle } from './worker-process.js';

/** The balancer of a master: what it asks of the workers goes over their channels. @throws ReuseportError */
export function balancerOf(
  addon: Addon,
  log: Logger,
  { steer, rescueAfterMs, rescueBy, sizing, worker, join, succeeds, supervisor }: MasterOptions,
  host: Pick<BalancerHost, 'timer' | 'entries' | 'look' | 'reorder'> & {
    workerOf(slot: number): WorkerHandle | undefined;
  },
): Balancer {
  const { backlogConnections } = worker;
  const options = {
    policy: steer,
    rescueAfterMs,
    rescueBy,
    processors: Math.ceil(sizing.processors),
    backlogConnections,
    shared: join,
    succeeds,
    expectedSlots: (supervisor.range?.max ?? supervisor.workers) * supervisor.threads,
  };
  return new Balancer(addon, log, options, {
    timer: (afterMs, action) => host.timer(afterMs, action),
    entries: () => host.entries(),
    look: () => host.look(),
    reorder: (key, change) => host.reorder(key, change),
    isThere: (slot) => host.workerOf(slot) !== undefined,
    steal: (slot, id, { key, fd }, max) => host.workerOf(slot)?.send({ type: 'steal', id, key, max }, [fd]) ?? false,
    nudge: (slot) => void host.workerOf(slot)?.send({ type: 'nudge' }),
  });
}
