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
export function listenSomewhere(
  addon: Addon,
  native: NativeListen,
  options: number,
  then: (socket: ListenSocket | null) => void,
): void {
  native.listen.call(native.app, LOOPBACK, 0, options | EXCLUSIVE, (token) => {
    const fd = token === false ? null : descriptorOf(addon, native.portOf(token));
    if (token !== false && fd !== null) return then({ token, fd });
    if (token !== false) native.closeSocket(token);
    then(null);
  });
}

/** Nothing may be thrown through uWebSockets.js, also where there is no descriptor left to look for this one. */
function descriptorOf(addon: Addon, port: number): number | null {
  try {
    return addon.findLoopbackListener(port);
  } catch {
    return null;
  }
}

/** Where `meter` has uWebSockets.js find connections that other workers accepted. @throws Error when it cannot be had */
export function openFeeder(addon: Addon, native: NativeListen, options: number, meter: NativeAcceptMeter): ListenToken {
  let feeder: ListenSocket | null = null;
  listenSomewhere(addon, native, options, (socket) => (feeder = socket));
  const { token, fd } = given(feeder);
  try {
    meter.feedOn(fd);
  } catch (error) {
    native.closeSocket(token);
    throw error;
  }
  return token;
}

function given(socket: ListenSocket | null): ListenSocket {
  if (socket === null) throw new Error('uWebSockets.js could not open a second socket on 127.0.0.1');
  return socket;
}
