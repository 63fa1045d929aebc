import type { WorkerSettings } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import { loadAddon } from '../native/load.js';
import { ADDON_VARIABLE, type Identity, MARK_VARIABLE, takeIdentity } from './identity.js';
import { MasterLink } from './link.js';
import { clusterWorkerId, prepareClusterWorker } from './node-internals.js';
import { rehearse } from './rehearsal.js';
import { WorkerRow } from './row.js';
import { SiblingLoops } from './sibling-loops.js';
import { startWorker } from './worker.js';

/** Makes this loop one of a worker when it is. Takes our variables out of the environment that the program sees. */
export function enter(): void {
  const identity = takeIdentity(process.env);
  if (identity === null) return;
  const { channelFd, thread, tid } = identity;
  const siblings = thread === 0 ? null : SiblingLoops.join(thread);
  if (thread > 0 && siblings === null) return;
  const addon = loadAddon();
  // Inherited without close-on-exec: what the program starts must not hold the channel.
  for (const fd of identity.channelFds) addon.setCloseOnExec(fd, true);
  const addonPath = process.env[ADDON_VARIABLE];
  delete process.env[ADDON_VARIABLE];
  if (thread === 0) process.env[MARK_VARIABLE] += `/${process.pid}`;
  else prepareClusterWorker();
  const link = new MasterLink(addon, channelFd);
  const received = link.welcome();
  if (received === null) return link.close();
  if (received.witnessFd !== undefined) startWitness(addon, link, received.witnessFd);
  const { welcome, pageFd, wakeFd } = received;
  const row = WorkerRow.open(addon, welcome.slot, { fd: pageFd, wakeFd });
  if (welcome.slot < 0) tryRehearsal(addon, link, welcome.settings);
  const loops = siblings ?? startSiblings(identity, addonPath);
  startWorker(addon, link, received, row, { thread, tid, masterUid: addon.peerCredentials(channelFd).uid, loops });
}

/** null: this is the only loop. */
function startSiblings({ channelFds }: Identity, addonPath: string | undefined): SiblingLoops | null {
  if (channelFds.length === 1) return null;
  const variables: Record<string, string> = addonPath === undefined ? {} : { [ADDON_VARIABLE]: addonPath };
  return SiblingLoops.start(channelFds, variables, clusterWorkerId());
}

/** A spare without it only serves later. */
function tryRehearsal(addon: Addon, link: MasterLink, settings: WorkerSettings): void {
  try {
    rehearse(addon, settings);
  } catch (error) {
    link.send({
      type: 'warning',
      code: 'WARN_REHEARSAL',
      message: `a spare could not rehearse: ${(error as Error).message}`,
    });
  }
}

function startWitness(addon: Addon, link: MasterLink, fd: number): void {
  try {
    addon.startStackWitness(fd);
  } catch (error) {
    addon.close(fd);
    const message = `no JavaScript stack will be logged of a worker that hangs: ${(error as Error).message}`;
    link.send({ type: 'warning', code: 'WARN_STACK_WITNESS', message });
  }
}
