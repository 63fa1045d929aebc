/** What happens when the program listens: Node's own listen goes on with a listener from {@link ListenerSource}. */
import type { WorkerSettings } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { Acquired, ListenerSource, ListenWish } from './acquire.js';
import type { ConnectionLimit } from './connection-limit.js';
import {
  type ConnectionReport,
  feedConnection,
  FLAG_IPV6_ONLY,
  FLAG_REUSE_PORT,
  type HandleCallback,
  openServerHandle,
  replaceGetServer,
  type ServerHandle,
  type ServerInternals,
  type ServerQuery,
  UV_EINVAL,
  wrapListen,
} from './node-internals.js';
import type { ServerRegistry, TrackedServer } from './servers.js';

export interface ListenContext {
  addon: Addon;
  source: Pick<ListenerSource, 'acquire' | 'released'>;
  settings: WorkerSettings;
  servers: ServerRegistry;
  /** null: there is none. */
  limit: ConnectionLimit | null;
  /** A server of the program is about to ask for a listener of ours. */
  beforeListen(server: unknown): void;
  /** A server of the program listens: ours or one left alone. */
  onListening(server: unknown): void;
  /** A server that is left alone, because it is exclusive, could not listen there. */
  onExclusiveFailure?(where: string): void;
  /** Begins to listen; not given: as Node does. */
  listen?(handle: ServerHandle, backlog: number): number;
}

/** The function that it returns puts everything back. */
export function interceptListening(context: ListenContext): () => void {
  const restoreGetServer = replaceGetServer((server, query, callback) => {
    // The program gave a descriptor: left alone.
    if (typeof query.fd === 'number' && query.fd >= 0) return answer(openServerHandle(query.fd), callback);
    attempt(context, server, query, (handle) => callback(0, handle));
  });

  const unwrapListen = wrapListen((server, [address, port, addressType, backlog, fd, flags], original) => {
    const appReusePort = ((flags ?? 0) & FLAG_REUSE_PORT) !== 0;
    if (appReusePort && server._handle === null && typeof fd !== 'number') {
      // The program asked for SO_REUSEPORT itself, which takes it past the other seam: it would bind outside custody.
      const query = { address, port, addressType, backlog, flags };
      attempt(context, server, query, (handle) => {
        server._handle = handle;
        original();
      });
    } else {
      original();
    }
    const handle = server._handle;
    if (handle === null) {
      if (!appReusePort && typeof fd !== 'number') context.onExclusiveFailure?.(placeOf(address, port));
      return;
    }
    if (context.servers.of(server) === undefined) trackForeign(context, server, handle);
    context.onListening(server);
  });

  return () => {
    restoreGetServer();
    unwrapListen();
  };
}

function placeOf(address: string | null, port: number | null): string {
  return (port ?? -1) < 0 ? String(address) : `port ${port}`;
}

function attempt(
  context: ListenContext,
  server: ServerInternals,
  query: ServerQuery,
  proceed: (handle: ServerHandle) => void,
): void {
  context.beforeListen(server);
  let handle: ServerHandle;
  try {
    const offered = server._getServerData === undefined ? null : JSON.stringify(server._getServerData());
    const acquired = context.source.acquire(wishOf(query), offered);
    if (acquired.data !== null) server._setServerData?.(JSON.parse(acquired.data));
    handle = openHandle(context, acquired);
    const wished = context.settings.backlogForced ? undefined : query.backlog || undefined;
    adorn(context, server, handle, acquired.key, wished ?? context.settings.backlogConnections);
  } catch (error) {
    process.nextTick(() => server.emit('error', error));
    return;
  }
  proceed(handle);
}

function wishOf({ address, port, flags = 0 }: ServerQuery): ListenWish {
  return { address, port: port ?? -1, ipv6Only: (flags & FLAG_IPV6_ONLY) !== 0 };
}

function openHandle({ addon, source }: ListenContext, { fd, key }: Acquired): ServerHandle {
  const opened = openServerHandle(fd);
  if (typeof opened !== 'number') return opened;
  addon.close(fd);
  source.released(key);
  throw new Error(`libuv refused the listener ${key}: errno ${-opened}`);
}

/** Makes the handle ours: it listens with the right backlog, and tells custody when the program closes it. */
function adorn(context: ListenContext, server: ServerInternals, handle: ServerHandle, key: string, backlog: number) {
  const { servers, source, limit } = context;
  const prototype = Object.getPrototypeOf(handle) as ServerHandle;
  const tracked = track(server, handle, key, limit);
  servers.add(tracked);
  // libuv's own listen(2) would set the backlog to what Node passes, 511 by default.
  filterReports(handle, (client) => limit?.refuses(server, client) ?? false);
  handle.listen = () => context.listen?.(handle, backlog) ?? prototype.listen.call(handle, backlog);
  handle.close = (callback) => {
    prototype.close.call(handle, callback);
    if (!tracked.listening) return;
    servers.closed(tracked);
    source.released(key);
  };
}

/**
 * Connections that are refused are not reported to the server.
 *
 * While the kernel moves this listener's queue to others it is closed for some microseconds. A loop that accepts just then
 * gets EINVAL, which is nothing for the program to know.
 */
function filterReports(handle: ServerHandle, refuses: (client: unknown) => boolean): void {
  let report: ConnectionReport | undefined;
  const pass: ConnectionReport = (status, client) => {
    if (status === UV_EINVAL || (status === 0 && refuses(client))) return;
    report?.call(handle, status, client);
  };
  Object.defineProperty(handle, 'onconnection', {
    get: () => pass,
    set: (given: ConnectionReport) => {
      report = given;
    },
  });
}

/** Left alone until the drain, which must know of it to let it finish. */
function trackForeign({ servers }: ListenContext, server: ServerInternals, handle: ServerHandle): void {
  servers.add(track(server, handle, null, null));
}

function track(
  server: ServerInternals,
  handle: ServerHandle,
  key: string | null,
  limit: ConnectionLimit | null,
): TrackedServer {
  const feed = (fd: number) => feedConnection(handle, fd);
  return {
    server,
    key,
    listening: true,
    fd: () => handle.fd,
    park: () => park(server, handle),
    feed: limit === null ? feed : (fd) => limit.admit(() => feed(fd)),
  };
}

/** Puts a handle without a socket under the server and closes the real one. */
function park(server: ServerInternals, handle: ServerHandle): void {
  if (server._handle !== handle) return;
  const parked: ServerHandle = {
    fd: -1,
    listen: () => 0,
    close: (callback) => {
      if (callback !== undefined) setImmediate(callback);
    },
    ref: () => {},
    unref: () => {},
    hasRef: () => false,
    getAsyncId: () => handle.getAsyncId(),
  };
  // Pipes have no such method, which is how Node tells them apart.
  if (handle.getsockname !== undefined) {
    const name: Record<string, unknown> = {};
    handle.getsockname(name);
    parked.getsockname = (out) => {
      Object.assign(out, name);
      return 0;
    };
  }
  server._handle = parked;
  handle.close();
}

function answer(handle: ServerHandle | number, callback: HandleCallback): void {
  if (typeof handle === 'number') callback(handle, null);
  else callback(0, handle);
}
