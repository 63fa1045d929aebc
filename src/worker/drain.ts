/**
 * The end of a worker's service: it stops accepting, finishes what it has accepted, and ends as the program would on a
 * signal of its own.
 */
import diagnostics from 'node:diagnostics_channel';
import type http from 'node:http';
import type net from 'node:net';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import type { DrainReason } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { MasterLink } from './link.js';
import { httpConnections, type ServerHandle, type ServerInternals } from './node-internals.js';
import { openConnections, type ServerRegistry, type TrackedServer } from './servers.js';
import type { SessionTracker } from './sessions.js';

/** How often a draining worker looks whether its last connection is gone. */
const LOOK_MS = 20;
/** How long a listener that goes away for good may go on emptying its queue. */
const EMPTY_QUEUE_MS = 1_000;
/** Keep-alive time of a server that sets none. */
const KEEP_ALIVE_MS = 5_000;

export interface DrainContext {
  addon: Addon;
  link: MasterLink;
  servers: ServerRegistry;
  sessions: SessionTracker;
}

/** Resolves when the program may end: everything accepted is finished, or `graceMs` is over. */
export async function drain(context: DrainContext, reason: DrainReason, graceMs: number): Promise<void> {
  const deadline = performance.now() + graceMs;
  const draining = context.servers.all();
  // A successor shares the listener's queue at a reload; otherwise what is queued is ours to serve.
  if (reason !== 'reload') await emptyQueues(context.addon, draining);
  for (const tracked of draining) park(context, tracked);
  closeAfterResponses(draining);
  context.sessions.closeAll();
  await connectionsEnd(draining, deadline);
}

async function emptyQueues(addon: Addon, tracked: TrackedServer[]): Promise<void> {
  const deadline = performance.now() + EMPTY_QUEUE_MS;
  const queued = () =>
    tracked.some(({ listening, handle }) => listening && addon.listenerInfo(handle.fd).queuedConnections > 0);
  while (queued() && performance.now() < deadline) await turn();
}

/**
 * Closes the listener under a server that believes to listen on: the program's own `server.close()`, when its signal
 * handlers call it later, must succeed as if nothing had happened.
 */
function park(context: DrainContext, tracked: TrackedServer): void {
  const server = tracked.server as ServerInternals;
  if (!tracked.listening || server._handle !== tracked.handle) return;
  const name: Record<string, unknown> = {};
  tracked.handle.getsockname?.(name);
  const { handle } = tracked;
  const parked: ServerHandle = {
    fd: -1,
    listen: () => 0,
    close: (callback) => {
      if (callback !== undefined) setImmediate(callback);
    },
    ref: () => {},
    unref: () => {},
    hasRef: () => false,
    getAsyncId: () => handle.getAsyncId(),
    getsockname: (out) => {
      Object.assign(out, name);
      return 0;
    },
  };
  server._handle = parked;
  // Tells custody as well: it lets go unless a successor needs the listener.
  handle.close();
  context.servers.closed(tracked);
}

/** From now on every HTTP/1 response says `Connection: close`, also those under way whose headers are not sent. */
function closeAfterResponses(draining: TrackedServer[]): void {
  const ours = new Set<unknown>(draining.map(({ server }) => server));
  diagnostics.subscribe('http.server.request.start', (message) => {
    const { response, server } = message as { response: http.ServerResponse; server: net.Server };
    if (ours.has(server)) response.shouldKeepAlive = false;
  });
  for (const { server } of draining) {
    for (const { response } of httpConnections(server)) {
      if (response !== null && !response.headersSent) response.shouldKeepAlive = false;
    }
  }
}

async function connectionsEnd(draining: TrackedServer[], deadline: number): Promise<void> {
  const idleUntil = performance.now() + Math.max(0, ...draining.map(({ server }) => keepAliveMs(server)));
  let idleClosed = false;
  for (;;) {
    const counts = await Promise.all(draining.map(({ server }) => openConnections(server)));
    const open = counts.reduce((sum, count) => sum + count, 0);
    const now = performance.now();
    if (open === 0 || now >= deadline) return;
    if (!idleClosed && now >= idleUntil) {
      idleClosed = true;
      for (const { server } of draining) closeIdle(server);
    }
    await delay(LOOK_MS);
  }
}

/** Idle connections keep the time that was advertised to the client, so that none is cut while it writes. */
function keepAliveMs(server: net.Server): number {
  const { keepAliveTimeout } = server as Partial<http.Server>;
  return keepAliveTimeout === undefined || keepAliveTimeout === 0 ? KEEP_ALIVE_MS : keepAliveTimeout;
}

function closeIdle(server: net.Server): void {
  (server as Partial<http.Server>).closeIdleConnections?.();
  // Connections on which nothing was ever sent are not idle to Node.
  for (const { socket } of httpConnections(server)) if (socket.bytesRead === 0) socket.destroy();
}
