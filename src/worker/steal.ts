/** Takes connections that wait for another worker whose loop is stuck, and gives them to the program's own server. */
import type { ToWorker } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { ConnectionLimit } from './connection-limit.js';
import type { ServerRegistry } from './servers.js';

type Steal = Extract<ToWorker, { type: 'steal' }>;

/**
 * Accepts at most `max`, and none that would be refused here; returns how many. Closes the listener's descriptor. One at a
 * time: what has been accepted and not yet given to the server is lost when this worker dies, or when the program throws at
 * the one before it.
 */
export function steal(
  addon: Addon,
  servers: ServerRegistry,
  limit: Pick<ConnectionLimit, 'isFull'> | null,
  { key, max }: Steal,
  listenerFd: number,
): number {
  const tracked = servers.at(key);
  try {
    if (tracked === undefined || !tracked.listening) return 0;
    let count = 0;
    for (; count < max; count += 1) {
      if (limit?.isFull === true) break;
      const fd = acceptOne(addon, listenerFd);
      if (fd === undefined) break;
      if (!tracked.feed(fd)) addon.close(fd);
    }
    return count;
  } finally {
    addon.close(listenerFd);
  }
}

/**
 * Whatever keeps this worker from accepting is no matter of its program, which it would end: the slot may have been emptied by
 * others and its listener shut down meanwhile (EINVAL), or no descriptor be left here (EMFILE). What waits, others are asked for.
 */
function acceptOne(addon: Addon, listenerFd: number): number | undefined {
  try {
    return addon.acceptAll(listenerFd, 1)[0];
  } catch {
    return undefined;
  }
}
