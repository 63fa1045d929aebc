import { once } from 'node:events';
import type net from 'node:net';
import { DEFAULT_BACKLOG_CONNECTIONS, Listener, type ListenerOptions } from './listener.js';

/**
 * Makes any net.Server (http, https, http2, net, tls) serve on a listener with SO_REUSEPORT, without a supervisor: run
 * the program several times, or in several worker_threads, and the kernel balances the connections between them.
 *
 * Resolves with `server` when it listens. The server owns the listener: `server.close()` closes it.
 *
 * @throws what {@link Listener.open} throws, and what the server emits as 'error'.
 */
export async function listen<T extends net.Server>(server: T, options: ListenerOptions): Promise<T> {
  const fd = Listener.open(options).release();
  // In a node:cluster worker only an exclusive listen keeps its hands off the descriptor. The backlog is an argument of
  // its own here: as an option beside `fd` Node ignores it and sets 511.
  server.listen({ fd, exclusive: true }, options.backlogConnections ?? DEFAULT_BACKLOG_CONNECTIONS);
  await once(server, 'listening');
  return server;
}
