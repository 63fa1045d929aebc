/** What a master does first: the workers that an earlier master of the same name has left behind are put under it. */
import type { Addon } from '../native/addon.js';
import type { Logger } from '../observe/log.js';
import { releaseFromSteering } from '../steering/release.js';
import { ForeignProcess } from './foreign-process.js';
import type { Handed } from './handed.js';
import type { Legacy } from './legacy.js';
import type { Master } from './master.js';
import { findWorkers } from './registration.js';

/**
 * Resolves when they are under `master`; at once when there are none. They serve all the time. `legacy`: of the master that
 * has left them.
 */
export async function takeOverWorkers(
  master: Master,
  addon: Addon,
  log: Logger,
  { handed, legacy }: { handed: Handed | null; legacy: Legacy | null },
): Promise<void> {
  const { worker, user, supervisor } = master.options;
  const { doorPrefix, gracefulTimeoutMs: graceMs } = worker;
  // They may be another user's than this master's will be.
  const uids = [...(user === null ? [] : [user.uid]), ...(handed?.workerUids ?? [])];
  const found = await findWorkers(addon, log, doorPrefix, { uids, threads: supervisor.threads, graceMs });
  const { registered, leaving } = found;
  const fds = [...registered.flatMap(({ listeners }) => listeners), ...(handed?.listeners ?? [])].map(({ fd }) => fd);
  if (fds.length > 0) await releaseFromSteering(addon, fds);
  master.succession.expect(found, handed);
  if (legacy !== null && (fds.length > 0 || handed !== null)) master.inherit(legacy);
  if (registered.length + leaving.length === 0) return;
  log.info(
    { event: 'taking-over', workers: registered.length },
    `${registered.length} workers of an earlier master serve already: they are taken over and then replaced`,
  );
  master.succession.takeOver(found);
  for (const { pid } of leaving) killAfter(addon, pid, graceMs);
}

/**
 * Unless this master ends before. A worker that does not hear what it is told has its listener in the kernel's group: it must
 * not stay there for ever.
 */
function killAfter(addon: Addon, pid: number, graceMs: number): void {
  const process = new ForeignProcess(addon, pid, () => clearTimeout(timer));
  const timer = setTimeout(() => process.signal('SIGKILL'), graceMs).unref();
  process.unref();
}
