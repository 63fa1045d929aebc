import { loadAddon } from '../native/load.js';
import { ADDON_VARIABLE, takeIdentity } from './identity.js';
import { MasterLink } from './link.js';
import { WorkerRow } from './row.js';
import { startWorker } from './worker.js';

/** Makes this process a worker when it is one. Takes our variables out of the environment that the program sees. */
export function enter(): void {
  const identity = takeIdentity(process.env);
  if (identity === null) return;
  const addon = loadAddon();
  delete process.env[ADDON_VARIABLE];
  // Inherited without close-on-exec: what the program starts must not hold the channel.
  addon.setCloseOnExec(identity.channelFd, true);
  const link = new MasterLink(addon, identity.channelFd);
  const received = link.welcome();
  if (received === null) link.close();
  else startWorker(addon, link, received.welcome, WorkerRow.open(addon, received));
}
