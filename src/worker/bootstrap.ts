/**
 * Preloaded into every worker before the program: puts the worker on its channel and the program's servers on our
 * listeners. Bundled into one CommonJS file; does nothing in any other process or thread that inherits it.
 */
import { loadAddon } from '../native/load.js';
import { ADDON_VARIABLE, takeIdentity } from './identity.js';
import { MasterLink } from './link.js';
import { startWorker } from './worker.js';

const identity = takeIdentity(process.env);
if (identity !== null) {
  const addon = loadAddon();
  delete process.env[ADDON_VARIABLE];
  // Inherited without close-on-exec: what the program starts must not hold the channel.
  addon.setCloseOnExec(identity.channelFd, true);
  const link = new MasterLink(addon, identity.channelFd);
  const welcome = link.welcome();
  if (welcome === null) link.close();
  else startWorker(addon, link, welcome);
}
