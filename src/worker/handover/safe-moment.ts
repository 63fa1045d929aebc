/** When a connection may change its worker without the client noticing: pure, but for what it reads off the socket. */
import type net from 'node:net';
import { type HttpSocket, preparedHttpSocket } from '../node-internals.js';

/**
 * `now`: nothing of it is in this process: what the client sends next is in the kernel, and goes along. `later`: it is in
 * the midst of something. `never`: the program has tied something to this socket. `gone`: it is ending, or no connection
 * of that server.
 */
export type Moment = 'now' | 'later' | 'never' | 'gone';

/** What a socket of an HTTP/1 server has when nobody but Node has touched it. */
export interface Untouched {
  /** Listeners by event. */
  listeners: ReadonlyMap<string | symbol, number>;
  properties: ReadonlySet<string>;
}

/** Properties that Node sets later than at the beginning. */
const SET_LATER = ['_httpMessage', '_peername', '_sockname', 'timeout'];

/** Read off a fresh socket, so that it is right for the Node that runs. */
export function untouchedSocket(): Untouched {
  const socket = preparedHttpSocket();
  const listeners = new Map(socket.eventNames().map((name) => [name, socket.listenerCount(name)]));
  const properties = new Set([...Object.getOwnPropertyNames(socket), ...SET_LATER]);
  socket.destroy();
  return { listeners, properties };
}

/** `isIdle`: the server's list has it among the idle. */
export function momentOf(server: net.Server, socket: HttpSocket, isIdle: boolean, untouched: Untouched): Moment {
  const handle = socket._handle;
  if (handle === null || handle.fd < 0 || socket.destroyed || !socket.readable || !socket.writable) return 'gone';
  if (socket.parser == null || socket._server !== server) return 'gone';
  if (socket._httpMessage != null || socket._paused === true || !handle.reading) return 'later';
  if (socket.writableLength > 0 || handle.writeQueueSize > 0 || socket.readableLength > 0) return 'later';
  // Nothing was ever sent on it: the list counts that as a request under way.
  if (!isIdle && socket.bytesRead > 0) return 'later';
  return isTied(socket, untouched) ? 'never' : 'now';
}

/** Has the program listeners on the socket, or properties of its own, which another worker would not have. */
export function isTied(socket: HttpSocket, { listeners, properties }: Untouched): boolean {
  if (Object.getOwnPropertyNames(socket).some((name) => !properties.has(name))) return true;
  // In the midst of a response there may be listeners of it, which go with it.
  if (socket._httpMessage != null) return false;
  return socket.eventNames().some((name) => socket.listenerCount(name) > (listeners.get(name) ?? 0));
}
