import diagnostics from 'node:diagnostics_channel';
import type net from 'node:net';
import { TypedChannel } from '../../channel/channel.js';
import type { HandoverReason } from '../../channel/messages.js';
import type { Addon } from '../../native/addon.js';
import { connectionsList, type HttpSocket, type ServerInternals } from '../node-internals.js';
import type { ServerRegistry, TrackedServer } from '../servers.js';
import type { AdoptedConnections } from './adopted.js';
import type { ConnectionFacts } from './connection-facts.js';
import type { Kept } from './give.js';
import { decodeToReceiver, type GivenConnection, type ToGiver, type ToReceiver } from './protocol.js';

export interface TakerContext {
  addon: Addon;
  servers: ServerRegistry;
  adopted: AdoptedConnections;
  facts: ConnectionFacts;
  /** Can this server be given connections that were used elsewhere. */
  canTake: (server: net.Server) => boolean;
  /** A connection is this worker's now. */
  onAdopted(tracked: TrackedServer, socket: HttpSocket): void;
  /** It is this worker's again. */
  onReadmitted(tracked: TrackedServer, socket: HttpSocket): void;
  onEnd(received: Received): void;
}

/** What came on a line. */
export interface Received {
  /** Slot of the giver. */
  from: number;
  because: HandoverReason;
  connections: number;
  /** From when the first was given to when the last was here. */
  tookMs: number;
}

type Give = Extract<ToReceiver, { type: 'give' }>;

interface Line {
  channel: TypedChannel<ToReceiver, ToGiver>;
  from: number;
  because: HandoverReason;
  /** When the first batch came; 0 before. */
  beganMs: number;
  tookMs: number;
  /** Taken and not released, by the number of the batch. */
  given: Map<number, Batch>;
  /** Batches that wait to be adopted. */
  released: number;
  /** Connections adopted so far. */
  adopted: number;
  ended: boolean;
  /** This side has ended it: the giver goes on with whatever is not adopted. */
  broken: boolean;
}

interface Batch {
  id: number;
  line: Line;
  tracked: TrackedServer;
  fds: number[];
  connections: readonly GivenConnection[];
}

/** Takes connections from other workers. Reads none before its giver has released it. */
export class Taker {
  readonly #context: TakerContext;
  /** Connections that are taken and not adopted yet. */
  readonly #reserved = new Map<TrackedServer, number>();
  /** Batches to be adopted, in their order. */
  readonly #released: Batch[] = [];
  /** What the server has made of the descriptor that it is being fed; undefined while it is fed none. */
  #fed: HttpSocket | null | undefined;

  constructor(context: TakerContext) {
    this.#context = context;
    diagnostics.subscribe('net.server.socket', (message) => {
      if (this.#fed === null) this.#fed = (message as { socket: HttpSocket }).socket;
    });
  }

  /** Takes what the worker of slot `from` gives on a line, whose descriptor it owns, until its end. */
  open(fd: number, from: number, because: HandoverReason): void {
    const channel: Line['channel'] = new TypedChannel(this.#context.addon, fd, decodeToReceiver, {
      onMessage: (message, fds) => {
        if (message.type === 'release') return this.#release(line, message.id);
        if (message.type === 'revoke') return this.#giveUp(line, message.id);
        channel.send({ type: 'taken', id: message.id, count: this.#take(line, message, fds) });
      },
      onBadMessage: () => {
        line.broken = true;
        channel.close();
        this.#end(line);
      },
      onClose: () => this.#end(line),
    });
    const counts = { released: 0, adopted: 0, tookMs: 0 };
    const line: Line = { channel, from, because, beganMs: 0, given: new Map(), ended: false, broken: false, ...counts };
    channel.unref();
  }

  /** Connections on their way here. */
  get arriving(): number {
    return [...this.#reserved.values()].reduce((sum, count) => sum + count, 0);
  }

  #end(line: Line): void {
    line.ended = true;
    for (const id of line.given.keys()) this.#giveUp(line, id);
    this.#report(line);
  }

  /** Not released: the giver has them still. */
  #giveUp(line: Line, id: number): void {
    const batch = line.given.get(id);
    if (batch === undefined) return;
    line.given.delete(id);
    this.#reserve(batch.tracked, -batch.fds.length);
    for (const fd of batch.fds) this.#context.addon.close(fd);
  }

  /** Keeps those that there is room for, and returns how many. */
  #take(line: Line, { id, key, connections }: Give, fds: number[]): number {
    if (line.beganMs === 0) line.beganMs = performance.now();
    const { addon, servers, canTake } = this.#context;
    const tracked = servers.at(key);
    const willing = tracked !== undefined && tracked.listening && canTake(tracked.server);
    const count = willing ? Math.min(fds.length, connections.length, this.#room(tracked)) : 0;
    for (const fd of fds.splice(count)) addon.close(fd);
    if (tracked === undefined || count === 0) return 0;
    this.#reserve(tracked, count);
    line.given.set(id, { id, line, tracked, fds, connections });
    return count;
  }

  #room(tracked: TrackedServer): number {
    const { maxConnections, _connections = 0 } = tracked.server as ServerInternals;
    if (maxConnections == null) return Infinity;
    return Math.max(0, maxConnections - _connections - (this.#reserved.get(tracked) ?? 0));
  }

  #reserve(tracked: TrackedServer, count: number): void {
    this.#reserved.set(tracked, (this.#reserved.get(tracked) ?? 0) + count);
  }

  #release(line: Line, id: number): void {
    const batch = line.given.get(id);
    if (batch === undefined) return;
    line.given.delete(id);
    line.released += 1;
    if (this.#released.push(batch) === 1) setImmediate(() => this.#adoptNext());
  }

  /** One batch in a turn of the loop, so that the connections that are here already do not wait for all. */
  #adoptNext(): void {
    const batch = this.#released[0];
    if (batch === undefined) return;
    const { id, line, tracked, fds } = batch;
    this.#reserve(tracked, -fds.length);
    if (line.broken) for (const fd of fds) this.#context.addon.close(fd);
    else {
      this.#adopt(batch);
      // Before this loop can read any of them: the giver keeps them until it has heard that.
      line.channel.send({ type: 'adopted', id });
    }
    this.#released.shift();
    if (this.#released.length > 0) setImmediate(() => this.#adoptNext());
    line.released -= 1;
    line.tookMs = performance.now() - line.beganMs;
    this.#report(line);
  }

  #adopt({ line, tracked, fds, connections }: Batch): void {
    for (const socket of this.#admit(tracked, { fds, connections })) {
      line.adopted += 1;
      this.#context.onAdopted(tracked, socket);
    }
  }

  /** Goes on with connections that were this worker's before, and that nobody has read since. */
  readmit(tracked: TrackedServer, kept: Kept): void {
    for (const socket of this.#admit(tracked, kept)) this.#context.onReadmitted(tracked, socket);
  }

  /** The server's own from now on, as they were elsewhere. */
  #admit(tracked: TrackedServer, { fds, connections }: Pick<Kept, 'fds' | 'connections'>): HttpSocket[] {
    const list = connectionsList(tracked.server);
    return fds.flatMap((fd, index) => {
      const socket = this.#feed(tracked, fd);
      const given = connections[index];
      if (socket === null || given === undefined) return [];
      this.#context.facts.carry(socket, given.requests);
      if (given.used && list !== undefined) this.#context.adopted.add(list, socket, given.restMs);
      return [socket];
    });
  }

  #report({ ended, released, from, because, adopted, tookMs }: Line): void {
    if (ended && released === 0) this.#context.onEnd({ from, because, connections: adopted, tookMs });
  }

  /** As the server's own accept would, but that the limit was checked when the place was reserved. */
  #feed(tracked: TrackedServer, fd: number): HttpSocket | null {
    const server = tracked.server as { maxConnections: number | undefined };
    const limit = server.maxConnections;
    this.#fed = null;
    try {
      if (limit !== undefined) server.maxConnections = undefined;
      if (!tracked.feed(fd)) this.#context.addon.close(fd);
    } catch (error) {
      // Of the program's own 'connection' listener: uncaught as it would be elsewhere, and no matter of the others' here.
      setImmediate(() => {
        throw error;
      });
    } finally {
      if (limit !== undefined) server.maxConnections = limit;
    }
    const socket: HttpSocket | null = this.#fed;
    this.#fed = undefined;
    return socket;
  }
}
