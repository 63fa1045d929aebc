/** Takes connections that wait for another worker whose loop is stuck, and gives them to the program's own server. */
import type { ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { ServerRegistry } from './servers.js';

type Steal = Extract<ToWorker, { type: 'steal' }>;

/** Accepts once, at most `max`; returns how many the server got. Closes the listener's descriptor. */
export function steal(addon: Addon, servers: ServerRegistry, { key, max }: Steal, listenerFd: number): number {
  const tracked = servers.at(key);
  try {
    if (tracked === undefined || !tracked.listening) return 0;
    const accepted = addon.acceptAll(listenerFd, max);
    for (const fd of accepted) {
      if (!tracked.feed(fd)) addon.close(fd);
    }
    return accepted.length;
  } finally {
    addon.close(listenerFd);
  }
}
