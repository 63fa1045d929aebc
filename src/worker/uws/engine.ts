/** Programs of uWebSockets.js: their listeners are ours, and what happens on them is counted and drained as with node:http. */
import type { WorkerSettings } from '../../channel/messages.js';
import type { Addon } from '../../native/addon.js';
import type { Acquired, ListenerSource, ListenWish } from '../acquire.js';
import type { OtherEngine } from '../drain.js';
import type { ServerRegistry } from '../servers.js';
import type { WebSocketLike } from '../web-socket.js';
import { listenSomewhere, type ListenSocket, type NativeListen, openFeeder } from './graft.js';
import { sayClose } from './last-response.js';
import { isExclusive, type ListenCall } from './listen-call.js';
import { Listening } from './listening.js';
import type { ListenCallback, ListenToken, RouteHandler, UwsApp } from './types.js';
import { OpenWebSockets } from './web-sockets.js';

export interface UwsContext {
  addon: Addon;
  source: ListenerSource;
  settings: WorkerSettings;
  servers: ServerRegistry;
  /** The program is about to ask for a listener. */
  beforeListen(): void;
  onListening(): void;
  onRequest(): void;
  warn(code: string, message: string): void;
}

export interface UwsWish extends ListenWish {
  /** As in {@link ListenCall}. */
  options: number;
}

export class UwsEngine implements OtherEngine {
  readonly webSockets = new OpenWebSockets();
  readonly #context: UwsContext;
  readonly #byToken = new WeakMap<ListenToken, Listening>();
  readonly #byApp = new WeakMap<UwsApp, Listening[]>();
  readonly #all = new Set<Listening>();
  #isDraining = false;
  /** Can connections be seen, and given. */
  #isMetered = true;

  constructor(context: UwsContext) {
    this.#context = context;
  }

  /** uWebSockets.js has been loaded from `path`. */
  loaded(path: string): void {
    const why = this.#context.addon.hookAccepts(path);
    if (why === null) return;
    this.#isMetered = false;
    const message =
      `${path}: its connections cannot be counted, nor can it take those of a stuck worker: ${why}. ` +
      'A drain waits for the whole graceful time-out';
    this.#context.warn('WARN_UWS_UNSEEN', message);
  }

  /** Serves `wish` on a listener of ours; `callback` as uWebSockets.js calls it. */
  listen(native: NativeListen, wish: UwsWish, callback: ListenCallback): void {
    const { addon } = this.#context;
    this.#context.beforeListen();
    let acquired: Acquired;
    try {
      acquired = this.#acquire(wish);
    } catch (error) {
      return this.#refuse((error as Error).message, callback);
    }
    listenSomewhere(addon, native, wish.options, (socket) => {
      const why = this.#tryGraft(native, acquired, wish.options, socket);
      addon.close(acquired.fd);
      if (why === null && socket !== null) return callback(socket.token);
      this.#release(acquired.key);
      this.#refuse(why ?? '', callback);
    });
  }

  /** Serves on the address that uWebSockets.js would bind for this host; empty: on all. */
  listenAt(native: NativeListen, { host, port, options, callback }: ListenCall): void {
    const address = host === '' ? null : this.#context.addon.resolveHost(host);
    if (host !== '' && address === null) return this.#refuse(`${host} is no host of this machine`, callback);
    this.listen(native, { address, port, options, ipv6Only: false }, callback);
  }

  at(token: ListenToken): Listening | undefined {
    return this.#byToken.get(token);
  }

  /** The app has closed all that it had. */
  closedAll(app: UwsApp): void {
    for (const listening of this.#byApp.get(app) ?? []) listening.closedByApp();
  }

  counted(handler: RouteHandler): RouteHandler {
    const context = this.#context;
    return (response, request) => {
      context.onRequest();
      if (this.#isDraining) sayClose(response);
      return handler(response, request);
    };
  }

  /** Connections that were accepted in all. */
  get accepted(): number {
    let sum = 0;
    for (const listening of this.#all) sum += listening.accepted;
    return sum;
  }

  beginDrain(): void {
    this.#isDraining = true;
  }

  openWebSockets(): WebSocketLike[] {
    return this.webSockets.all();
  }

  endConnections(): void {
    for (const listening of this.#all) listening.endConnections();
  }

  get openConnections(): number {
    let sum = 0;
    for (const listening of this.#all) sum += listening.openConnections;
    return sum;
  }

  /** uWebSockets.js has no error for its program, only `false`: the reason goes to the log. */
  #refuse(why: string, callback: ListenCallback): void {
    this.#context.warn('WARN_UWS_LISTEN', `an app of uWebSockets.js does not listen: ${why}`);
    callback(false);
  }

  #acquire(wish: UwsWish): Acquired {
    // As with SO_REUSEPORT, which it sets itself, an app may listen where another one does already.
    const mayShare = (key: string) =>
      !isExclusive(wish.options) && this.#on(key).some(({ isShareable }) => isShareable);
    return this.#context.source.acquire(wish, null, { takesAccepted: this.#isMetered, mayShare });
  }

  #on(key: string): Listening[] {
    return [...this.#all].filter(({ tracked }) => tracked.key === key);
  }

  #release(key: string): void {
    if (!this.#context.servers.isServed(key)) this.#context.source.released(key);
  }

  /** Why it did not go; null when it did. Nothing may be thrown through uWebSockets.js. */
  #tryGraft(native: NativeListen, acquired: Acquired, options: number, socket: ListenSocket | null): string | null {
    if (socket === null) return 'uWebSockets.js could not open a socket on 127.0.0.1';
    try {
      this.#graft(native, acquired, options, socket);
      return null;
    } catch (error) {
      native.closeSocket(socket.token);
      return (error as Error).message;
    }
  }

  #graft(native: NativeListen, acquired: Acquired, options: number, { token, fd }: ListenSocket): void {
    const { addon, servers, settings } = this.#context;
    addon.replaceDescriptor(acquired.fd, fd);
    addon.listen(fd, settings.backlogConnections);
    const meter = this.#isMetered ? new addon.AcceptMeter(fd) : null;
    const listening = new Listening({
      key: acquired.key,
      isExclusive: isExclusive(options),
      fd,
      port: native.portOf(token),
      token,
      meter,
      feeder: meter === null ? null : openFeeder(addon, native, options, meter),
      closeSocket: (each) => native.closeSocket(each),
      onClosed: ({ tracked }) => {
        servers.closed(tracked);
        this.#release(acquired.key);
      },
    });
    this.#byToken.set(token, listening);
    this.#byApp.set(native.app, [...(this.#byApp.get(native.app) ?? []), listening]);
    this.#all.add(listening);
    servers.add(listening.tracked);
    this.#context.onListening();
  }
}
