/** What workers say to their master, each to whom it concerns. */
import { LAST_STATS, PROTOCOL_VERSION, type ToMaster } from '../channel/messages.js';
import type { Balancer } from './balancer.js';
import type { Custody } from './custody.js';
import type { Grants } from './grants.js';
import type { Handovers } from './handover.js';
import type { MasterLog } from './master-log.js';
import type { MasterSetting } from './master-options.js';
import type { Rebalance } from './rebalance.js';
import type { ReloadReports } from './reload-report.js';
import type { Retirement } from './retirement.js';
import type { StatsRequests } from './stats-requests.js';
import { type LoopReport, workerOfLoop } from './threads.js';
import type { Workers } from './workers.js';
import type { WorkerWatches } from './worker-watches.js';

export interface Addressees {
  workers: Workers;
  grants: Grants;
  custody: Custody;
  retirement: Retirement;
  balancer: Balancer;
  handovers: Handovers;
  rebalance: Rebalance;
  reloads: ReloadReports;
  watches: WorkerWatches;
  stats: StatsRequests;
  say: MasterLog;
  report(report: LoopReport): void;
}

/** `worker` is the id of the loop that says it. Takes the descriptors over. */
export function deliver(
  { addon, log, options }: MasterSetting,
  to: Addressees,
  { worker, slot }: { worker: number; slot: number },
  message: ToMaster,
  [fd, ...surplus]: readonly number[],
): void {
  for (const extra of surplus) addon.close(extra);
  if (message.type !== 'bound' && fd !== undefined) addon.close(fd);
  switch (message.type) {
    case 'hello':
      if (message.version !== PROTOCOL_VERSION) {
        log.error({ slot, event: 'version-mismatch' }, `worker speaks protocol ${message.version}`);
        to.workers.signal(workerOfLoop(worker, options.supervisor.threads), 'SIGKILL');
      }
      return;
    case 'listen':
      return to.workers.asked(worker, slot, message);
    case 'bound':
      return to.grants.bound(worker, message.id, fd);
    case 'bind-failed':
      return to.grants.bindFailed(worker, message.id, message.code, message.message);
    case 'closed':
      to.custody.released(slot, message.key, worker);
      return to.retirement.prune();
    case 'ready':
      to.report({ type: 'worker-ready', worker });
      return to.retirement.takeOver();
    case 'retire':
      return to.report({ type: 'worker-spent', worker, because: 'the program asked for it' });
    case 'stolen':
      return to.balancer.stolen(message.id, message.connections);
    case 'received':
      return to.handovers.received(slot, message);
    case 'shared':
      return to.rebalance.shared(message.id, message.connections);
    case 'ended':
      return to.say.ended(slot, message.connections, options.supervisor.gracefulTimeoutMs);
    case 'stats':
      if (message.id === LAST_STATS) return to.reloads.farewell(worker, message.stats);
      to.watches.heard(worker);
      return to.stats.answered(message.id, worker, message.stats);
    case 'register':
    case 'holds':
      // Only before a worker is taken over.
      return;
    case 'warning':
      return to.say.warning(slot, message.code, message.message);
    default:
      return message satisfies never;
  }
}
