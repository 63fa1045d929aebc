/**
 * The end of a worker's service: it stops accepting, finishes what it has accepted, and ends as the program would on a
 * signal of its own.
 */
import type { DrainReason } from '../channel/messages.js';
import type { Addon } from '../native/addon.js';
import type { DrainHandlers } from './drain-handlers.js';
import { Farewell } from './farewell.js';
import type { Departure } from './handover/departure.js';
import type { LineEnd } from './handover/give.js';
import type { Handover } from './handover/handover.js';
import { LastResponses } from './last-responses.js';
import { LingeringEnds } from './linger.js';
import { openSockets } from './open-sockets.js';
import { QuietConnections, spareIdleConnections } from './quiet-connections.js';
import { openConnections, type ServerRegistry, type TrackedServer } from './servers.js';
import type { SessionTracker } from './sessions.js';
import type { UpgradedSockets } from './upgraded.js';
import { openWebSocketOf, type WebSocketLike } from './web-socket.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const unheldDelay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());

/** How often a draining worker looks whether its last connection is gone. */
const LOOK_MS = 5;
/** How often it looks at every connection. */
const SWEEP_MS = 200;
/** How long a worker may go on with a queue that others would take over, or that gets no shorter because more come. */
const EMPTY_QUEUE_MS = 1_000;
/** The program hears of the drain when its queues are empty, and at the latest after so much of the grace period. */
const TELL_SHARE = 1 / 2;
/** The end of the grace period is for ending what is left, and for the program's own end: a part of it, no more than this. */
const ENDING_SHARE = 1 / 4;
const LONGEST_ENDING_MS = 2_000;

/** A server library of the program's that does not stand on Node's own servers; they are among `servers` all the same. */
export interface OtherEngine {
  /** From now on responses tell clients to close. */
  beginDrain(): void;
  openWebSockets(): WebSocketLike[];
  readonly openConnections: number;
  /** Ends our side of every connection. */
  endConnections(): void;
}

export interface DrainContext {
  addon: Addon;
  servers: ServerRegistry;
  sessions: SessionTracker;
  upgraded: UpgradedSockets;
  handover: Handover;
  handlers: DrainHandlers;
  engine: OtherEngine;
  /** Tells the program. */
  tell(): void;
}

export interface DrainOrder {
  reason: DrainReason;
  graceMs: number;
  /** Lines to the workers that take connections over; owned. */
  lines: readonly LineEnd[];
}

interface Draining {
  servers: TrackedServer[];
  departure: Departure | null;
  farewell: Farewell;
  ends: LingeringEnds;
  /** By performance.now(). */
  deadline: number;
}

/**
 * Resolves when the program may end: everything accepted is finished or handed over and its `onDrain` handlers have settled,
 * or `graceMs` is nearly over. Returns how many connections had to be ended then.
 */
export async function drain(context: DrainContext, { reason, graceMs, lines }: DrainOrder): Promise<number> {
  const endingMs = Math.min(graceMs * ENDING_SHARE, LONGEST_ENDING_MS);
  const deadline = performance.now() + graceMs - endingMs;
  const all = context.servers.all();
  const ours = all.filter(({ key }) => key !== null);
  for (const { server } of all) spareIdleConnections(server);
  let departure: Departure | null = null;
  const responses = new LastResponses(all, (server, socket) => departure?.willLeave(server, socket) ?? false);
  departure = context.handover.depart(lines, () => responses.closeUnderWay());
  responses.closeUnderWay();
  context.engine.beginDrain();
  // A successor shares the listener's queue at a reload; otherwise what is queued is ours to serve.
  const emptied = emptyQueues(context.addon, reason === 'reload' ? [] : ours, reason === 'scale' ? 0 : deadline);
  // The program may close its servers at once: until here that would cost what is queued, and the handover.
  await Promise.race([emptied, unheldDelay(graceMs * TELL_SHARE)]);
  context.tell();
  await emptied;
  const ends = new LingeringEnds();
  const { upgraded, engine } = context;
  const farewellOf = (servers: TrackedServer[], others: () => WebSocketLike[]) => {
    const sockets = () => upgraded.of(servers.map(({ server }) => server));
    return new Farewell(() => [...sockets().flatMap((socket) => openWebSocketOf(socket) ?? []), ...others()], reason);
  };
  const ofEngine = () => engine.openWebSockets();
  await finish(context, { servers: ours, departure, farewell: farewellOf(ours, ofEngine), ends, deadline });
  // What the program opened for itself may be what its own requests went through: last.
  const foreign = all.filter(({ key }) => key === null);
  const farewell = farewellOf(foreign, () => []);
  await finish(context, { servers: foreign, departure: null, farewell, ends, deadline });
  departure?.close();
  while (!context.handlers.settled && performance.now() < deadline) await delay(LOOK_MS);
  return endRest(context, all, farewellOf(all, ofEngine), endingMs / 2);
}

async function finish(context: DrainContext, draining: Draining): Promise<void> {
  const { servers, sessions, handover, handlers } = context;
  const { departure, farewell, deadline } = draining;
  for (const tracked of draining.servers) {
    if (!tracked.listening) continue;
    tracked.park();
    servers.closed(tracked);
  }
  sessions.closeAll(draining.servers.map(({ server }) => server));
  const quiet = new QuietConnections(draining.ends);
  for (const { server } of draining.servers) quiet.standIn(server);
  let sweepAtMs = 0;
  // Those on their way first: they become open ones, and are not to be missed in between.
  const isAnyLeft = async () =>
    handover.leaving || handover.arriving > 0 || (await openConnections(draining.servers)) > 0;
  while ((await isAnyLeft()) && performance.now() < deadline) {
    const nowMs = performance.now();
    if (nowMs >= sweepAtMs) {
      sweepAtMs = nowMs + SWEEP_MS;
      departure?.lookAtAll();
      for (const { server } of draining.servers) quiet.endOverdue(server, nowMs);
      // A program that says farewell itself does so in its handlers.
      if (handlers.settled) farewell.look(nowMs, deadline);
    }
    farewell.tellDue(nowMs);
    await delay(LOOK_MS);
  }
}

/** The grace period is over: ends what is still open, and says how many that were. */
async function endRest(
  { sessions, upgraded, engine }: DrainContext,
  draining: TrackedServer[],
  farewell: Farewell,
  withinMs: number,
): Promise<number> {
  const rest = await openConnections(draining);
  if (rest === 0) return 0;
  const servers = draining.map(({ server }) => server);
  farewell.tellAll();
  sessions.destroyAll(servers);
  const ends = new LingeringEnds(withinMs);
  for (const socket of openSockets(servers, upgraded)) ends.end(socket);
  engine.endConnections();
  const deadline = performance.now() + withinMs;
  const lingers = () => ends.size > 0 || (engine.openConnections > 0 && performance.now() < deadline);
  while (lingers()) await delay(LOOK_MS);
  return rest;
}

/** Until nothing waits, or it goes on for long without an end in sight; a queue that gets shorter has until `deadline`. */
async function emptyQueues(addon: Addon, tracked: TrackedServer[], deadline: number): Promise<void> {
  const listening = () => tracked.filter((one) => one.listening && one.fd() >= 0);
  const queued = () => listening().reduce((sum, one) => sum + addon.queuedConnections(one.fd()), 0);
  let shortest = Infinity;
  let until = performance.now() + EMPTY_QUEUE_MS;
  for (let waiting = queued(); waiting > 0; waiting = queued()) {
    const nowMs = performance.now();
    if (waiting < shortest) until = Math.max(until, Math.min(deadline, nowMs + EMPTY_QUEUE_MS));
    if (nowMs >= until) return;
    shortest = Math.min(shortest, waiting);
    await turn();
  }
}
