/** What is used of uWebSockets.js, of every version since 16 and of packages that are built from it. */

/** A pointer in native memory, as good as the socket lives. */
export type ListenToken = object;
export type ListenCallback = (token: ListenToken | false) => void;

/** Valid until it is answered, or aborted. */
export interface UwsResponse {
  writeHeader(key: string, value: string): UwsResponse;
  [method: string]: unknown;
}

export type RouteHandler = (response: UwsResponse, request: unknown) => unknown;

/** Valid until its close event. */
export interface UwsWebSocket {
  /** Sends a close frame, and closes when that has left. Calls the close handler at once. */
  end(code: number, reason: string): void;
}

export interface WebSocketBehavior {
  open?: (webSocket: UwsWebSocket) => unknown;
  close?: (webSocket: UwsWebSocket, code: number, message: ArrayBuffer) => unknown;
}

type Method = (this: UwsApp, ...args: unknown[]) => unknown;

export interface UwsApp {
  listen: Method;
  [method: string]: Method | undefined;
}

/** The exports of the addon itself, before its package adds to them. */
export type UwsModule = Record<string, unknown> & {
  App: (...args: unknown[]) => UwsApp;
  SSLApp: (...args: unknown[]) => UwsApp;
};

/** The second are of forks. */
export const CLOSE_NAMES = ['us_listen_socket_close', 'closeSocket'] as const;
export const PORT_NAMES = ['us_socket_local_port', 'getSocketPort'] as const;

export function isUws(exports: unknown): exports is UwsModule {
  if (typeof exports !== 'object' || exports === null) return false;
  const has = (name: string) => typeof (exports as Record<string, unknown>)[name] === 'function';
  return has('App') && has('SSLApp') && CLOSE_NAMES.some(has) && PORT_NAMES.some(has);
}

export type TokenFunction = (token: ListenToken) => unknown;

/** That of the module which has one of these names. */
export function functionOf(module: UwsModule, names: readonly string[]): TokenFunction {
  return names.map((name) => module[name]).find((value) => typeof value === 'function') as TokenFunction;
}
