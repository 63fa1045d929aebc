/**
 * Every private part of Node that the worker uses, and nothing else: where a new Node version can break us. Checked once
 * at the start by {@link probeInternals}; read in the sources of Node 20, 22, 24 and 26.
 */
import cluster from 'node:cluster';
import type http from 'node:http';
import net from 'node:net';

/** A libuv stream handle of a listening server: TCP or Pipe. */
export interface ServerHandle {
  readonly fd: number;
  listen(backlog: number): number;
  close(callback?: () => void): void;
  ref(): void;
  unref(): void;
  hasRef(): boolean;
  getAsyncId(): number;
  getsockname?(out: Record<string, unknown>): number;
}

/** What Node asks for when a server listens in a cluster worker. `address` null is "unspecified"; `port` -1 a path. */
export interface ServerQuery {
  address: string | null;
  port: number | null;
  addressType: number | null;
  fd?: number | undefined;
  flags?: number | undefined;
  backlog?: number | undefined;
  readableAll?: boolean | undefined;
  writableAll?: boolean | undefined;
}

export type HandleCallback = (errno: number, handle: unknown) => void;

/** Servers with the private members that are used here. */
export interface ServerInternals extends net.Server {
  _handle: ServerHandle | null;
  /** Open connections, counted by Node. */
  _connections?: number;
  _emitCloseIfDrained?: (this: unknown) => void;
  _getServerData?(): unknown;
  _setServerData?(data: unknown): void;
}

type GetServer = (server: ServerInternals, query: ServerQuery, callback: HandleCallback) => void;
type Listen2 = (
  this: ServerInternals,
  address: string | null,
  port: number | null,
  addressType: number | null,
  backlog: number | undefined,
  fd: number | null | undefined,
  flags: number | undefined,
) => void;

const privateCluster = cluster as unknown as { isWorker: boolean; _getServer?: GetServer };
const privateNet = net as unknown as {
  _createServerHandle?(address: null, port: null, addressType: null, fd: number): ServerHandle | number;
};
const serverPrototype = net.Server.prototype as unknown as { _listen2?: Listen2 };

/** UV_TCP_IPV6ONLY and UV_TCP_REUSEPORT, bits of the `flags` that Node passes on. */
export const FLAG_IPV6_ONLY = 1;
export const FLAG_REUSE_PORT = 2;
/** TCPConstants.SOCKET and PipeConstants.SOCKET: a handle for a connection. */
const SOCKET_HANDLE = 0;

/** Names of the private parts that this Node lacks; empty when all is well. */
export function probeInternals(): string[] {
  const missing: string[] = [];
  if (!privateCluster.isWorker) missing.push('cluster.isWorker (NODE_UNIQUE_ID)');
  if (typeof privateCluster._getServer !== 'function') missing.push('cluster._getServer');
  if (typeof privateNet._createServerHandle !== 'function') missing.push('net._createServerHandle');
  if (typeof serverPrototype._listen2 !== 'function') missing.push('net.Server.prototype._listen2');
  return missing;
}

export function replaceGetServer(getServer: GetServer): void {
  privateCluster._getServer = getServer;
}

/** Wraps the last step of every `listen`: `around` gets the arguments and what does the step. */
export function wrapListen(around: (server: ServerInternals, call: Parameters<Listen2>, original: () => void) => void) {
  const original = serverPrototype._listen2;
  if (original === undefined) return;
  serverPrototype._listen2 = function listen2(...call) {
    around(this, call, () => original.apply(this, call));
  };
}

/** A server handle on an open descriptor, which it then owns; a negative errno when libuv refuses. */
export function openServerHandle(fd: number): ServerHandle | number {
  return privateNet._createServerHandle?.(null, null, null, fd) ?? -22;
}

/**
 * Gives an accepted socket to a server, as its own accept would: maxConnections, 'drop', allowHalfOpen, pauseOnConnect and
 * the count of connections hold. The handle owns the descriptor; false when it could not take it.
 */
export function feedConnection(server: ServerInternals, fd: number): boolean {
  const listener = server._handle as (ServerHandle & { onconnection(status: number, client: unknown): void }) | null;
  if (listener === null) return false;
  const Handle = listener.constructor as new (type: number) => { open(fd: number): number };
  const client = new Handle(SOCKET_HANDLE);
  if (client.open(fd) !== 0) return false;
  listener.onconnection(0, client);
  return true;
}

/** `changed` is called whenever a connection of the server ends; Node calls it for its own count. */
export function watchConnectionEnds(server: ServerInternals, changed: () => void): void {
  const original = server._emitCloseIfDrained;
  if (typeof original !== 'function') return;
  server._emitCloseIfDrained = function emitCloseIfDrained() {
    changed();
    original.call(this);
  };
}

interface HttpConnection {
  socket?: (net.Socket & { _httpMessage?: http.ServerResponse | null }) | null;
}

/** The sockets of an HTTP/1 server with the response each is busy with; empty for other servers. */
export function httpConnections(server: net.Server): { socket: net.Socket; response: http.ServerResponse | null }[] {
  const key = Object.getOwnPropertySymbols(server).find((symbol) => symbol.description === 'http.server.connections');
  if (key === undefined) return [];
  const list = (server as unknown as Record<symbol, { all(): HttpConnection[] } | undefined>)[key];
  return (list?.all() ?? []).flatMap(({ socket }) => {
    return socket == null ? [] : [{ socket, response: socket._httpMessage ?? null }];
  });
}
