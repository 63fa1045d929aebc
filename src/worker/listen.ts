/** What happens when the program listens: the listener comes from the master's custody, or is bound here and kept. */
import type { ListenTarget, WorkerSettings } from '../channel/messages.js';
import type { Addon, SystemError } from '../native/addon.js';
import { listenError } from './errors.js';
import { ListenRefusal, type MasterLink } from './link.js';
import {
  FLAG_IPV6_ONLY,
  FLAG_REUSE_PORT,
  type HandleCallback,
  openDatagramHandle,
  openServerHandle,
  replaceGetServer,
  type ServerHandle,
  type ServerInternals,
  type ServerQuery,
  wrapListen,
} from './node-internals.js';
import type { ServerRegistry } from './servers.js';

export interface ListenContext {
  addon: Addon;
  link: MasterLink;
  settings: WorkerSettings;
  servers: ServerRegistry;
  /** A server of the program listens: ours or one left alone. */
  onListening(server: unknown): void;
}

export function interceptListening(context: ListenContext): void {
  const ordinals = new Map<string, number>();

  replaceGetServer((server, query, callback) => {
    if (typeof query.addressType === 'string') return answerDatagram(context, query, callback);
    // The program gave a descriptor: left alone.
    if (typeof query.fd === 'number' && query.fd >= 0) return answer(openServerHandle(query.fd), callback);
    attempt(server, query, (handle) => callback(0, handle));
  });

  wrapListen((server, [address, port, addressType, backlog, fd, flags], original) => {
    const appReusePort = ((flags ?? 0) & FLAG_REUSE_PORT) !== 0;
    if (appReusePort && server._handle === null && typeof fd !== 'number') {
      // The program asked for SO_REUSEPORT itself, which takes it past the other seam: it would bind outside custody.
      const query = { address, port, addressType, backlog, flags };
      attempt(server, query, (handle) => {
        server._handle = handle;
        original();
      });
    } else {
      original();
    }
    if (server._handle !== null) context.onListening(server);
  });

  function attempt(server: ServerInternals, query: ServerQuery, proceed: (handle: ServerHandle) => void): void {
    let handle: ServerHandle;
    try {
      handle = acquire(context, server, query, targetOf(query, ordinals));
    } catch (error) {
      const { code, message } = refusalOf(error);
      const path = query.port === null || query.port < 0;
      const plain = listenError(code, query.address, path ? null : query.port, message);
      process.nextTick(() => server.emit('error', plain));
      return;
    }
    proceed(handle);
  }
}

function targetOf(query: ServerQuery, ordinals: Map<string, number>): ListenTarget {
  const { address, port, flags = 0 } = query;
  if (port === null || port < 0) return { kind: 'unix', path: absolutePath(address ?? '') };
  const ipv6Only = (flags & FLAG_IPV6_ONLY) !== 0;
  let ordinal = 0;
  if (port === 0) {
    ordinal = ordinals.get(String(address)) ?? 0;
    ordinals.set(String(address), ordinal + 1);
  }
  return { kind: 'tcp', address, port, ipv6Only, ordinal };
}

function absolutePath(path: string): string {
  return path.startsWith('\0') || path.startsWith('/') ? path : `${process.cwd()}/${path}`;
}

/** A handle on this worker's listener for `target`, already in custody. Owns its descriptor. */
function acquire(
  context: ListenContext,
  server: ServerInternals,
  query: ServerQuery,
  target: ListenTarget,
): ServerHandle {
  const { addon, link, servers, settings } = context;
  const offered = server._getServerData === undefined ? null : JSON.stringify(server._getServerData());
  const { id, grant } = link.requestListen(target, offered);
  if (servers.isServed(grant.key)) {
    if (grant.fd !== null) addon.close(grant.fd);
    throw new ListenRefusal('EADDRINUSE', 'this program has a server on that address already');
  }
  let fd = grant.fd;
  let data = grant.data;
  if (fd === null) {
    fd = bind(context, id, grant.key, target, grant.port);
    try {
      data = link.keep(id, grant.key, fd);
    } catch (error) {
      addon.close(fd);
      throw error;
    }
  }
  if (data !== null) server._setServerData?.(JSON.parse(data));
  const opened = openServerHandle(fd);
  if (typeof opened === 'number') {
    addon.close(fd);
    throw new ListenRefusal('EINVAL', 'libuv refused the listener');
  }
  const wished = settings.backlogForced ? undefined : query.backlog || undefined;
  adorn(context, server, opened, grant.key, wished ?? settings.backlogConnections);
  return opened;
}

/** Makes the handle ours: it listens with the right backlog, and tells custody when the program closes it. */
function adorn(context: ListenContext, server: ServerInternals, handle: ServerHandle, key: string, backlog: number) {
  const { link, servers } = context;
  const prototype = Object.getPrototypeOf(handle) as ServerHandle;
  const tracked = { server, key, handle, listening: true };
  servers.add(tracked);
  // libuv's own listen(2) would set the backlog to what Node passes, 511 by default.
  handle.listen = () => prototype.listen.call(handle, backlog);
  handle.close = (callback) => {
    if (tracked.listening) {
      servers.closed(tracked);
      prototype.close.call(handle, callback);
      link.send({ type: 'closed', key });
    } else {
      prototype.close.call(handle, callback);
    }
  };
}

function bind(context: ListenContext, id: number, key: string, target: ListenTarget, port: number): number {
  try {
    if (target.kind === 'unix') return context.addon.bindUnixListener(target.path);
    return bindTcp(context.addon, target.address, port, target.ipv6Only);
  } catch (error) {
    const { code, message } = refusalOf(error);
    context.link.send({ type: 'bind-failed', id, key, code, message });
    throw error;
  }
}

/** No address means `::` for both families, and `0.0.0.0` on a machine without IPv6, as in Node. */
function bindTcp(addon: Addon, address: string | null, port: number, ipv6Only: boolean): number {
  if (address !== null) return addon.bindTcpListener({ address, port, ipv6Only });
  try {
    return addon.bindTcpListener({ address: '::', port, ipv6Only });
  } catch (error) {
    const { code } = error as SystemError;
    if (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL' && code !== 'EINVAL') throw error;
    return addon.bindTcpListener({ address: '0.0.0.0', port });
  }
}

function refusalOf(error: unknown): { code: string; message: string } {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return { code: error.code, message: error.message };
  }
  throw error;
}

function answer(handle: ServerHandle | number, callback: HandleCallback): void {
  if (typeof handle === 'number') callback(handle, null);
  else callback(0, handle);
}

/** UDP is bound by Node itself, in each worker for itself. */
function answerDatagram(context: ListenContext, query: ServerQuery, callback: HandleCallback): void {
  const handle = openDatagramHandle(query);
  if (typeof handle === 'number') return callback(handle, null);
  callback(0, handle);
  context.onListening(null);
}
