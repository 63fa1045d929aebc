/**
 * Every private part of Node that the worker uses, and nothing else: where a new Node version can break us. Checked once
 * at the start by {@link probeInternals}; read in the sources of Node 20, 22, 24 and 26.
 */
import cluster from 'node:cluster';
import { EventEmitter } from 'node:events';
import type http from 'node:http';
import net from 'node:net';

/** How libuv tells of a connection; a negative errno as `status` when accept failed. */
export type ConnectionReport = (this: ServerHandle, status: number, client: unknown) => void;

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
  /** Set by the server. */
  onconnection?: ConnectionReport;
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

const privateCluster = cluster as unknown as { isWorker: boolean; _getServer?: GetServer; _setupWorker?: () => void };
const privateNet = net as unknown as {
  _createServerHandle?(address: null, port: null, addressType: null, fd: number): ServerHandle | number;
};
const serverPrototype = net.Server.prototype as unknown as { _listen2?: Listen2 };

/** UV_TCP_IPV6ONLY and UV_TCP_REUSEPORT, bits of the `flags` that Node passes on. */
export const FLAG_IPV6_ONLY = 1;
export const FLAG_REUSE_PORT = 2;
export const UV_EINVAL = -22;
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

/** In a thread Node leaves undone what it does for a worker in the main thread, before anything of the program. */
export function prepareClusterWorker(): void {
  privateCluster._setupWorker?.();
  delete process.env['NODE_UNIQUE_ID'];
}

/** What Node has read from NODE_UNIQUE_ID. */
export function clusterWorkerId(): number {
  return cluster.worker?.id ?? 0;
}

/** The function that it returns puts the former one back. */
export function replaceGetServer(getServer: GetServer): () => void {
  const former = privateCluster._getServer;
  privateCluster._getServer = getServer;
  return () => {
    if (former !== undefined) privateCluster._getServer = former;
  };
}

/**
 * Wraps the last step of every `listen`: `around` gets the arguments and what does the step. The function that it returns
 * takes the wrapper away.
 */
export function wrapListen(
  around: (server: ServerInternals, call: Parameters<Listen2>, original: () => void) => void,
): () => void {
  const original = serverPrototype._listen2;
  if (original === undefined) return () => {};
  serverPrototype._listen2 = function listen2(...call) {
    around(this, call, () => original.apply(this, call));
  };
  return () => {
    serverPrototype._listen2 = original;
  };
}

/** A server handle on an open descriptor, which it then owns; a negative errno when libuv refuses. */
export function openServerHandle(fd: number): ServerHandle | number {
  return privateNet._createServerHandle?.(null, null, null, fd) ?? UV_EINVAL;
}

/**
 * Gives an accepted socket to the server of a listener, as its own accept would: maxConnections, 'drop', allowHalfOpen,
 * pauseOnConnect and the count of connections hold. Also when the listener has been closed. The handle owns the
 * descriptor; false when it could not take it.
 */
export function feedConnection(listener: ServerHandle, fd: number): boolean {
  if (listener.onconnection === undefined) return false;
  const Handle = listener.constructor as new (type: number) => { open(fd: number): number };
  const client = new Handle(SOCKET_HANDLE);
  if (client.open(fd) !== 0) return false;
  listener.onconnection(0, client);
  return true;
}

/** A connection that no server has been given, by its handle, which it owns; it is not read. */
export function socketOf(client: unknown): HttpSocket {
  const options = { handle: client, allowHalfOpen: true, pauseOnCreate: true };
  return new net.Socket(options) as HttpSocket;
}

export function closeHandle(client: unknown): void {
  (client as { close(): void }).close();
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

/** The stream handle of a connection. */
interface SocketHandle {
  readonly fd: number;
  /** Does the socket want to be read. */
  reading: boolean;
  readonly writeQueueSize: number;
  readStart(): number;
  readStop(): number;
}

/** A connection of an HTTP/1 server. */
export interface HttpSocket extends net.Socket {
  _handle: SocketHandle | null;
  /** The server whose accept it came from. */
  _server?: unknown;
  /** The response that it is busy with. */
  _httpMessage?: http.ServerResponse | null;
  /** Reading waits until what is written has left. */
  _paused?: boolean;
  parser?: HttpParser | null;
}

interface HttpParser {
  socket?: HttpSocket | null;
  /** The newest request. */
  incoming?: http.IncomingMessage | null;
}

/** What an HTTP/1 server knows of its connections; the list of its time-outs and of `closeIdleConnections`. */
export interface ConnectionsList {
  all(): HttpParser[];
  /** Those that have received a whole request, and nothing of another. */
  idle(): HttpParser[];
  /** Those whose request takes too long to arrive: Node answers them 408. */
  expired(headersTimeoutMs: number, requestTimeoutMs: number): HttpParser[];
}

/** undefined for servers of another kind, and for those that never listened. */
export function connectionsList(server: net.Server): ConnectionsList | undefined {
  const key = Object.getOwnPropertySymbols(server).find((symbol) => symbol.description === 'http.server.connections');
  return key === undefined ? undefined : (server as unknown as Record<symbol, ConnectionsList | undefined>)[key];
}

/** The connections of an HTTP/1 server; empty for other servers. */
export function httpConnections(server: net.Server): HttpSocket[] {
  return socketsOf(connectionsList(server)?.all() ?? []);
}

export function socketsOf(parsers: readonly HttpParser[]): HttpSocket[] {
  return parsers.flatMap(({ socket }) => (socket == null ? [] : [socket]));
}

/** Every open socket of this process that keeps it alive; of TLS the one below. */
export function activeSockets(): HttpSocket[] {
  const handles = (process as unknown as { _getActiveHandles?(): unknown[] })._getActiveHandles?.() ?? [];
  return handles.filter((handle) => handle instanceof net.Socket) as HttpSocket[];
}

/** Leaves what the client sends in the kernel. The socket believes to read on. */
export function stopReading({ _handle }: HttpSocket): void {
  _handle?.readStop();
}

/** The other way round; nothing for a socket that has ended meanwhile. */
export function goOnReading({ _handle }: HttpSocket): void {
  _handle?.readStart();
}

/** A socket without a connection, prepared by Node as for a new connection of an HTTP/1 server. */
export function preparedHttpSocket(): HttpSocket {
  const socket = new net.Socket();
  // What is preloaded may have put its own `emit` into the prototype.
  EventEmitter.prototype.emit.call(process.getBuiltinModule('node:http').createServer(), 'connection', socket);
  return socket as HttpSocket;
}

/**
 * Names of the private parts that handing connections over needs and this Node lacks; empty when all is well.
 * `server` is an HTTP/1 server that listens.
 */
export function probeHandover(server: ServerInternals): string[] {
  const missing: string[] = [];
  const need = (present: boolean, name: string) => {
    if (!present) missing.push(name);
  };
  const list = connectionsList(server) as Partial<ConnectionsList> | undefined;
  need(
    [list?.all, list?.idle, list?.expired].every((part) => typeof part === 'function'),
    'http.server.connections',
  );
  const Handle = server._handle?.constructor as (new (type: number) => SocketHandle & { close(): void }) | undefined;
  if (Handle !== undefined) {
    const handle = new Handle(SOCKET_HANDLE);
    for (const name of ['open', 'readStart', 'readStop', 'writeQueueSize', 'fd']) {
      need(name in handle, `${Handle.name}.${name}`);
    }
    handle.close();
  }
  const socket = preparedHttpSocket();
  for (const name of ['parser', '_server', '_paused']) need(name in socket, `socket.${name}`);
  const { ServerResponse, IncomingMessage } = process.getBuiltinModule('node:http');
  const response = new ServerResponse(new IncomingMessage(new net.Socket()));
  response.assignSocket(socket);
  need(socket._httpMessage === response, 'socket._httpMessage');
  response.detachSocket(socket);
  need(socket._httpMessage === null, 'detachSocket');
  socket.destroy();
  return missing;
}

/** Node's timers carry when they were last started, in milliseconds of the loop's own clock. */
interface TimerInternals {
  _idleStart?: number;
}

/** Now, by the clock of {@link idleRestMs}; as old as the turn of the loop. */
export function loopNowMs(): number {
  const timer = setTimeout(() => {}, 1);
  clearTimeout(timer);
  return (timer as unknown as TimerInternals)._idleStart ?? NaN;
}

/** What is left of the idle time that is set on a socket; all of it where that cannot be told; null when none is set. */
export function idleRestMs(socket: HttpSocket, nowMs: number): number | null {
  if (!socket.timeout) return null;
  const key = Object.getOwnPropertySymbols(socket).find((symbol) => symbol.description === 'timeout');
  const timer = key === undefined ? null : (socket as unknown as Record<symbol, TimerInternals | null>)[key];
  const pastMs = nowMs - (timer?._idleStart ?? NaN);
  return Number.isNaN(pastMs) ? socket.timeout : Math.max(0, socket.timeout - pastMs);
}
