import { once } from 'node:events';
import type net from 'node:net';
import { ReuseportError } from '../errors.js';
import { loadAddon } from '../native/load.js';
import type { StatePage } from '../state/page.js';
import { DEFAULT_BACKLOG_CONNECTIONS, Listener, type ListenerOptions } from './listener.js';
import { publishServer } from './publish-server.js';

/** A listening socket that is there already; the server owns it from now on. */
export interface ListenOnDescriptor {
  fd: number;
  /** As in {@link ListenerOptions}. */
  backlogConnections?: number;
}

/** Where the loop of this thread publishes what it does, for groups that steer by it. */
export interface ListenPublishing {
  /** The page that its groups have; see {@link StatePage.open} for other threads and processes than theirs. */
  page?: StatePage;
  /** 0 to 63: the row in the page, and the slot in the group. Needed with `page`. */
  slot?: number;
}

export type ListenOptions = (ListenerOptions | ListenOnDescriptor) & ListenPublishing;

/**
 * Makes any net.Server (http, https, http2, net, tls) serve on a listener with SO_REUSEPORT, without a supervisor: run
 * the program several times, or in several worker_threads, and the kernel balances the connections between them.
 *
 * With `page` and `slot` the event loop of this thread publishes its turns, and its connections and requests, until the
 * page is closed; to steer by them, the listener must be a member of a SteeringGroup.
 *
 * Resolves with `server` when it listens. The server owns the listener: `server.close()` closes it.
 *
 * @throws what {@link Listener.open} and {@link StatePage.publish} throw, and what the server emits as 'error'. No
 *   descriptor is left open then.
 */
export async function listen<T extends net.Server>(server: T, options: ListenOptions): Promise<T> {
  const { page, slot, ...where } = options;
  const fd = 'fd' in where ? where.fd : Listener.open(where).release();
  try {
    // Before the server has it: a slot that cannot be published is no reason to serve.
    if (page !== undefined) publishServer(server, page, slotOf(slot));
  } catch (error) {
    loadAddon().close(fd);
    throw error;
  }
  // In a node:cluster worker only an exclusive listen keeps its hands off the descriptor. The backlog is an argument of
  // its own here: as an option beside `fd` Node ignores it and sets 511.
  server.listen({ fd, exclusive: true }, where.backlogConnections ?? DEFAULT_BACKLOG_CONNECTIONS);
  await once(server, 'listening');
  return server;
}

function slotOf(slot: number | undefined): number {
  if (slot !== undefined) return slot;
  throw new ReuseportError('ERR_ARGUMENT', 'slot: a page has a row for each slot; say which is this server’s');
}
