import type { WorkerSettings } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import { loadAddon } from '../native/load.js';
import { ADDON_VARIABLE, MARK_VARIABLE, takeIdentity } from './identity.js';
import { MasterLink } from './link.js';
import { rehearse } from './rehearsal.js';
import { WorkerRow } from './row.js';
import { startWorker } from './worker.js';

/** Makes this process a worker when it is one. Takes our variables out of the environment that the program sees. */
export function enter(): void {
  const identity = takeIdentity(process.env);
  if (identity === null) return;
  const addon = loadAddon();
  delete process.env[ADDON_VARIABLE];
  process.env[MARK_VARIABLE] += `/${process.pid}`;
  // Inherited without close-on-exec: what the program starts must not hold the channel.
  addon.setCloseOnExec(identity.channelFd, true);
  const link = new MasterLink(addon, identity.channelFd);
  const received = link.welcome();
  if (received === null) return link.close();
  if (received.witnessFd !== undefined) startWitness(addon, link, received.witnessFd);
  const { welcome, pageFd, wakeFd } = received;
  const row = WorkerRow.open(addon, welcome.slot, { fd: pageFd, wakeFd });
  if (welcome.slot < 0) tryRehearsal(addon, link, welcome.settings);
  startWorker(addon, link, received, row, addon.peerCredentials(identity.channelFd).uid);
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
