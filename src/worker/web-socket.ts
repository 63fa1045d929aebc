import type net from 'node:net';

/** A WebSocket of the library `ws` (from 6 on), as far as it is used here: recognised by its shape, never imported. */
export interface WebSocketLike {
  readonly readyState: number;
  close(code: number, reason: string): void;
}

const OPEN = 1;

/**
 * The open WebSocket that `ws` has made of an upgraded socket, which carries it under a symbol; also of what is built on
 * `ws`, such as Socket.IO. null for sockets of other libraries: only who writes the frames knows where one ends.
 */
export function openWebSocketOf(socket: net.Socket): WebSocketLike | null {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'websocket');
  const found: unknown = key === undefined ? null : (socket as unknown as Record<symbol, unknown>)[key];
  if (typeof found !== 'object' || found === null) return null;
  const { readyState, close, _socket } = found as Partial<WebSocketLike> & { _socket?: unknown };
  return readyState === OPEN && typeof close === 'function' && _socket === socket ? (found as WebSocketLike) : null;
}
