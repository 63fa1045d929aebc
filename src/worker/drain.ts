/**
 * The end of a worker's service: it stops accepting, finishes what it has accepted, and ends as the program would on a
 * signal of its own.
 */
import type { DrainReason } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { Departure } from './handover/departure.js';
import type { LineEnd } from './handover/give.js';
import type { Handover } from './handover/handover.js';
import { LastResponses } from './last-responses.js';
import { QuietConnections } from './quiet-connections.js';
import { openConnections, type ServerRegistry, type TrackedServer } from './servers.js';
import type { SessionTracker } from './sessions.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** How often a draining worker looks whether its last connection is gone. */
const LOOK_MS = 5;
/** How often it looks at every connection. */
const SWEEP_MS = 200;
/** How long a listener that goes away for good may go on emptying its queue. */
const EMPTY_QUEUE_MS = 1_000;

export interface DrainContext {
  addon: Addon;
  servers: ServerRegistry;
  sessions: SessionTracker;
  handover: Handover;
}

export interface DrainOrder {
  reason: DrainReason;
  graceMs: number;
  /** Lines to the workers that take connections over; owned. */
  lines: readonly LineEnd[];
}

/** Resolves when the program may end: everything accepted is finished or handed over, or `graceMs` is over. */
export async function drain(context: DrainContext, { reason, graceMs, lines }: DrainOrder): Promise<void> {
  const deadline = performance.now() + graceMs;
  const all = context.servers.all();
  const ours = all.filter(({ key }) => key !== null);
  let departure: Departure | null = null;
  const responses = new LastResponses(all, (server, socket) => departure?.willLeave(server, socket) ?? false);
  departure = context.handover.depart(lines, () => responses.closeUnderWay());
  responses.closeUnderWay();
  // A successor shares the listener's queue at a reload; otherwise what is queued is ours to serve.
  if (reason !== 'reload') await emptyQueues(context.addon, ours);
  await finish(context, ours, departure, deadline);
  // What the program opened for itself may be what its own requests went through: last.
  const foreign = all.filter(({ key }) => key === null);
  await finish(context, foreign, null, deadline);
  departure?.close();
}

async function finish(
  { servers, sessions, handover }: DrainContext,
  draining: TrackedServer[],
  departure: Departure | null,
  deadline: number,
): Promise<void> {
  for (const tracked of draining) {
    if (!tracked.listening) continue;
    tracked.park();
    servers.closed(tracked);
  }
  sessions.closeAll(draining.map(({ server }) => server));
  const quiet = new QuietConnections();
  let sweepAtMs = 0;
  while ((await openConnections(draining)) + handover.arriving > 0 && performance.now() < deadline) {
    const nowMs = performance.now();
    if (nowMs >= sweepAtMs) {
      sweepAtMs = nowMs + SWEEP_MS;
      departure?.lookAtAll();
      for (const { server } of draining) quiet.endOverdue(server, nowMs);
    }
    await delay(LOOK_MS);
  }
}

async function emptyQueues(addon: Addon, tracked: TrackedServer[]): Promise<void> {
  const deadline = performance.now() + EMPTY_QUEUE_MS;
  const queued = () =>
    tracked.some((one) => one.listening && one.fd() >= 0 && addon.listenerInfo(one.fd()).queuedConnections > 0);
  while (queued() && performance.now() < deadline) await turn();
}
