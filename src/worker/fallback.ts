/**
 * Interception by public API alone, for a Node that lacks a private part we use: `listen` is given a descriptor. It
 * does all that users see, except: a server on a path says null for `address()`, `pauseOnConnect` and the rest stay.
 */
import cluster from 'node:cluster';
import net from 'node:net';
import type tls from 'node:tls';
import { fallbackWish } from './fallback-arguments.js';
import type { ListenContext } from './listen.js';
import type { TrackedServer } from './servers.js';

type Listen = (this: net.Server, ...args: unknown[]) => net.Server;
type Close = (this: net.Server, callback?: (error?: Error) => void) => net.Server;

export function interceptByPublicApi(context: ListenContext): void {
  const prototype = net.Server.prototype as unknown as { listen: Listen };
  const original = prototype.listen;
  prototype.listen = function listen(...args) {
    const wish = this.listening ? null : fallbackWish(args);
    if (wish === null) return leaveAlone(context, this, () => asPrimary(() => original.apply(this, args)));
    if (wish.callback !== null) this.once('listening', wish.callback);
    const proceed = (address: string | null) => {
      context.beforeListen(this);
      serve(context, this, { ...wish, address }, original);
    };
    if (wish.host === null) proceed(wish.path);
    else resolve(this, wish.host, proceed);
    wish.signal?.addEventListener('abort', () => this.close(), { once: true });
    return this;
  };
}

interface Wish {
  address: string | null;
  port: number;
  ipv6Only: boolean;
  backlog: number | null;
}

function serve(context: ListenContext, server: net.Server, wish: Wish, original: Listen): void {
  const { addon, settings, servers, source } = context;
  const keys = server as Partial<tls.Server>;
  try {
    const offered = keys.getTicketKeys?.().toString('hex') ?? null;
    const { key, fd, data } = source.acquire(wish, offered);
    if (data !== null) keys.setTicketKeys?.(Buffer.from(data, 'hex'));
    const tracked: TrackedServer = { ...plainly(server), key, fd: () => fd };
    servers.add(tracked);
    tellWhenClosed(context, tracked, key);
    const backlog = settings.backlogForced ? null : wish.backlog;
    asPrimary(() => original.call(server, { fd }, backlog ?? settings.backlogConnections));
    // A listener that is not listening is no more than bound.
    if (!addon.listenerInfo(fd).listening) return;
    context.onListening(server);
  } catch (error) {
    process.nextTick(() => server.emit('error', error));
  }
}

/** Tells custody when the server closes; a second `close`, after the drain's own, succeeds like a first one. */
function tellWhenClosed(context: ListenContext, tracked: TrackedServer, key: string): void {
  const { server } = tracked;
  const holder = server as unknown as { close: Close };
  const own = Object.hasOwn(holder, 'close');
  const before = holder.close;
  let parked = false;
  tracked.park = () => {
    parked = true;
    release();
    before.call(server);
  };
  const release = () => {
    if (!tracked.listening) return;
    context.servers.closed(tracked);
    context.source.released(key);
  };
  holder.close = function close(callback) {
    release();
    if (own) holder.close = before;
    else delete (holder as Partial<typeof holder>).close;
    if (!parked) return before.call(this, callback);
    if (callback !== undefined)
      server.getConnections((_, open) => (open === 0 ? callback() : this.once('close', callback)));
    return this;
  };
}

function leaveAlone(context: ListenContext, server: net.Server, listen: () => net.Server): net.Server {
  server.once('listening', () => {
    if (context.servers.of(server) !== undefined) return;
    context.servers.add(plainly(server));
    context.onListening(server);
  });
  return listen();
}

function plainly(server: net.Server): TrackedServer {
  return { server, key: null, listening: true, fd: () => -1, park: () => server.close(), feed: () => false };
}

/** In a worker of node:cluster Node would ask a primary, which is not there, for the listener. */
function asPrimary<T>(action: () => T): T {
  const holder = cluster as { isPrimary: boolean };
  const before = holder.isPrimary;
  holder.isPrimary = true;
  try {
    return action();
  } finally {
    holder.isPrimary = before;
  }
}

function resolve(server: net.Server, host: string, proceed: (address: string) => void): void {
  const dns = process.getBuiltinModule('node:dns');
  dns.lookup(host, (error, address) => {
    if (error !== null) server.emit('error', error);
    else proceed(address);
  });
}
