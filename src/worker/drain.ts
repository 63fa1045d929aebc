/**
 * The end of a worker's service: it stops accepting, finishes what it has accepted, and ends as the program would on a
 * signal of its own.
 */
import diagnostics from 'node:diagnostics_channel';
import type http from 'node:http';
import type net from 'node:net';
import type { DrainReason } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import { httpConnections } from './node-internals.js';
import { openConnections, type ServerRegistry, type TrackedServer } from './servers.js';
import type { SessionTracker } from './sessions.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** How often a draining worker looks whether its last connection is gone. */
const LOOK_MS = 20;
/** How long a listener that goes away for good may go on emptying its queue. */
const EMPTY_QUEUE_MS = 1_000;
/** Keep-alive time of a server that sets none. */
const KEEP_ALIVE_MS = 5_000;

export interface DrainContext {
  addon: Addon;
  servers: ServerRegistry;
  sessions: SessionTracker;
}

/** Resolves when the program may end: everything accepted is finished, or `graceMs` is over. */
export async function drain(context: DrainContext, reason: DrainReason, graceMs: number): Promise<void> {
  const deadline = performance.now() + graceMs;
  const all = context.servers.all();
  const ours = all.filter(({ key }) => key !== null);
  closeAfterResponses(all);
  // A successor shares the listener's queue at a reload; otherwise what is queued is ours to serve.
  if (reason !== 'reload') await emptyQueues(context.addon, ours);
  await finish(context, ours, deadline);
  // What the program opened for itself may be what its own requests went through: last.
  await finish(
    context,
    all.filter(({ key }) => key === null),
    deadline,
  );
}

async function finish(context: DrainContext, draining: TrackedServer[], deadline: number): Promise<void> {
  for (const tracked of draining) {
    if (!tracked.listening) continue;
    tracked.park();
    context.servers.closed(tracked);
  }
  context.sessions.closeAll(draining.map(({ server }) => server));
  await connectionsEnd(draining, deadline);
}

async function emptyQueues(addon: Addon, tracked: TrackedServer[]): Promise<void> {
  const deadline = performance.now() + EMPTY_QUEUE_MS;
  const queued = () =>
    tracked.some((one) => one.listening && one.fd() >= 0 && addon.listenerInfo(one.fd()).queuedConnections > 0);
  while (queued() && performance.now() < deadline) await turn();
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
    const open = await openConnections(draining);
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
