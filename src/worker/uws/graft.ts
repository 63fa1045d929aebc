/**
 * Puts a listener of ours under uWebSockets.js, which can be given none: it listens on a port of its own on loopback, and the
 * descriptor of that is made one of our listener before the loop, on its next turn, begins to watch it.
 */
import type { Addon } from '../../native/addon.js';
import type { NativeAcceptMeter } from '../../native/graft-addon.js';
import { EXCLUSIVE } from './listen-call.js';
import type { ListenCallback, ListenToken, UwsApp } from './types.js';

const LOOPBACK = '127.0.0.1';

export interface NativeListen {
  app: UwsApp;
  listen(this: UwsApp, host: string, port: number, options: number, callback: ListenCallback): unknown;
  portOf(token: ListenToken): number;
  closeSocket(token: ListenToken): unknown;
}

export interface ListenSocket {
  token: ListenToken;
  /** Which uWebSockets.js closes. */
  fd: number;
}

/** A socket that uWebSockets.js listens on, for nobody to connect to; `then` is told in its own callback. */
export function listenSomewhere(addon: Addon, native: NativeListen, then: (socket: ListenSocket | null) => void): void {
  native.listen.call(native.app, LOOPBACK, 0, EXCLUSIVE, (token) => {
    const fd = token === false ? null : addon.findLoopbackListener(native.portOf(token));
    if (token !== false && fd !== null) return then({ token, fd });
    if (token !== false) native.closeSocket(token);
    then(null);
  });
}

/** Of connections that other workers accept; null when it cannot be had, and then they cannot be given. */
export function openFeeder(addon: Addon, native: NativeListen, meter: NativeAcceptMeter): ListenToken | null {
  let feeder: ListenToken | null = null;
  listenSomewhere(addon, native, (socket) => {
    if (socket === null) return;
    feeder = socket.token;
    meter.feedOn(socket.fd);
  });
  return feeder;
}
