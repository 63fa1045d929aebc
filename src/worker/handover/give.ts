import { TypedChannel } from '../../channel/channel.js';
import type { Addon } from '../../native/addon.js';
import { goOnReading, type HttpSocket, stopReading } from '../node-internals.js';
import { Ledger } from './ledger.js';
import { decodeToGiver, type GivenConnection, type ToGiver, type ToReceiver } from './protocol.js';

/** A line to a receiver. */
export interface LineEnd {
  fd: number;
  /** Connections that the receiver has. */
  openConnections: number;
}

/** A connection at its safe moment. */
export interface Departing {
  socket: HttpSocket;
  connection: GivenConnection;
}

/** Connections that were released, by descriptors of their own. */
export interface Kept {
  /** Theirs before. */
  server: unknown;
  fds: readonly number[];
  connections: readonly GivenConnection[];
}

export interface GiverHooks {
  /** Connections have left. */
  onReleased?(count: number): void;
  /** Their receiver has died before its server had them. The descriptors are the hook's. */
  onOrphaned(kept: Kept): void;
  /** Connections that were given are this worker's again. */
  onTakenBack(sockets: readonly HttpSocket[]): void;
  /** More can be given than before. */
  onRoom(): void;
  /** Once: nothing can be given any more, and nothing is under way. */
  onOver(): void;
}

interface Line {
  channel: TypedChannel<ToGiver, ToReceiver>;
  ledger: Ledger<Departing, Kept>;
  openConnections: number;
  /** Does the receiver take more. */
  takes: boolean;
  /** When an answer was missed, by performance.now(); null once one has come. Meanwhile nothing is given. */
  silentSinceMs: number | null;
  /** It ends when everything that was released is adopted. */
  closing: boolean;
}

/**
 * Batches under way on a line. Enough to keep both loops at work; their descriptors in flight stay far below the limit
 * that the kernel has for a user (RLIMIT_NOFILE, ETOOMANYREFS).
 */
const WINDOW_BATCHES = 16;
/** A receiver that does not answer for so long is busy, stuck or stopped: its connections are taken back. */
const ANSWER_MS = 500;
/** One that then does not answer for so long either is given up; so is the adoption of what was released to one. */
const SILENCE_MS = 2_500;

/**
 * Gives connections to other workers, and takes back what they do not take. Of a connection that is released its socket
 * here is gone, so that nothing can be done to it any more; a duplicate of its descriptor is kept until it is adopted.
 */
export class Giver {
  readonly #addon: Addon;
  readonly #hooks: GiverHooks;
  readonly #away: WeakSet<HttpSocket>;
  readonly #lines = new Set<Line>();
  #answersDue = false;
  #over = false;

  /** Owns the lines' descriptors. `away`: noted there while they are with a receiver: nobody may give them again. */
  constructor(addon: Addon, away: WeakSet<HttpSocket>, ends: readonly LineEnd[], hooks: GiverHooks) {
    this.#addon = addon;
    this.#away = away;
    this.#hooks = hooks;
    for (const end of ends) this.#open(end);
  }

  /** Does any receiver take more, though perhaps not now. */
  get open(): boolean {
    return [...this.#lines].some(({ takes }) => takes);
  }

  /** May a batch be given in this moment. */
  get hasRoom(): boolean {
    return this.#nextLine() !== undefined;
  }

  /** Has a receiver not answered yet, or not adopted. */
  get underWay(): boolean {
    return [...this.#lines].some(({ ledger }) => ledger.isOpen);
  }

  /** Gives a batch (at most MAX_BATCH connections) of the listener `key`, each in this turn at its safe moment. */
  give(key: string, departing: readonly Departing[]): void {
    const line = this.#nextLine();
    if (line === undefined || departing.length === 0) return;
    const sockets = departing.map(({ socket }) => socket);
    for (const socket of sockets) {
      this.#away.add(socket);
      stopReading(socket);
    }
    const id = line.ledger.give(departing, performance.now());
    line.openConnections += sockets.length;
    const connections = departing.map(({ connection }) => connection);
    const fds = sockets.map(({ _handle }) => _handle?.fd ?? -1);
    if (this.#send(line, { type: 'give', id, key, connections }, fds)) return this.#watchAnswers();
    line.ledger.answered(id, 0);
    this.#stay(line, departing);
    this.#settle();
  }

  /** Gives no more. What was not released stays here; a line ends when what was is adopted. */
  close(): void {
    for (const line of this.#lines) {
      line.takes = false;
      line.closing = true;
      if (line.ledger.unadopted === 0) this.#end(line);
      else if (line.ledger.waiting > 0) this.#revoke(line, performance.now());
    }
  }

  #open({ fd, openConnections }: LineEnd): void {
    const channel: Line['channel'] = new TypedChannel(this.#addon, fd, decodeToGiver, {
      onMessage: (message) => {
        if (message.type === 'taken') this.#answered(line, message.id, message.count);
        else this.#adopted(line, message.id);
      },
      onClose: () => this.#receiverGone(line),
      onBadMessage: () => this.#end(line),
    });
    const state = { takes: true, silentSinceMs: null, closing: false };
    const line: Line = { channel, ledger: new Ledger(), openConnections, ...state };
    channel.unref();
    this.#lines.add(line);
  }

  /** The receiver with the fewest connections, of those that have answered enough. */
  #nextLine(): Line | undefined {
    return [...this.#lines]
      .filter(({ takes, silentSinceMs, ledger }) => takes && silentSinceMs === null && ledger.waiting < WINDOW_BATCHES)
      .toSorted((a, b) => a.openConnections - b.openConnections)[0];
  }

  #answered(line: Line, id: number, count: number): void {
    line.silentSinceMs = null;
    const answered = line.ledger.answered(id, count);
    if (answered === null) return this.#hooks.onRoom();
    const { release, takeBack } = answered;
    if (release.length > 0) this.#release(line, id, release);
    if (takeBack.length > 0) this.#stay(line, takeBack);
    this.#settle();
  }

  #release(line: Line, id: number, departing: readonly Departing[]): void {
    // First the message: were the receiver gone, they would still be here to go on with.
    if (!this.#send(line, { type: 'release', id })) return this.#stay(line, departing);
    const server = departing[0]?.socket._server;
    const kept = departing.flatMap(({ socket, connection }) => {
      const fd = this.#duplicateOf(socket);
      socket.destroy();
      return fd === null ? [] : [{ fd, connection }];
    });
    const fds = kept.map(({ fd }) => fd);
    const connections = kept.map(({ connection }) => connection);
    line.ledger.released(id, { server, fds, connections }, performance.now());
    this.#watchAnswers();
    this.#hooks.onReleased?.(departing.length);
  }

  /** null without a descriptor to spare: then nobody could go on with it if the receiver died at once. */
  #duplicateOf({ _handle }: HttpSocket): number | null {
    try {
      return this.#addon.dup(_handle?.fd ?? -1);
    } catch {
      return null;
    }
  }

  #adopted(line: Line, id: number): void {
    line.silentSinceMs = null;
    this.#letGo(line.ledger.adopted(id));
    this.#endIfClosed(line);
    this.#settle();
  }

  #letGo(kept: readonly Kept[]): void {
    for (const fd of kept.flatMap(({ fds }) => fds)) this.#addon.close(fd);
  }

  #endIfClosed(line: Line): void {
    if (line.closing && !line.ledger.isOpen) this.#end(line);
  }

  /** They cannot go there, nor can others. Whether the receiver is gone its end of the line tells, after its last words. */
  #stay(line: Line, departing: readonly Departing[]): void {
    line.takes = false;
    this.#goOn(departing);
  }

  /** What it had not adopted it had not read either. */
  #receiverGone(line: Line): void {
    if (!this.#lines.has(line)) return;
    for (const kept of line.ledger.endReleased()) this.#hooks.onOrphaned(kept);
    this.#end(line);
  }

  #send(line: Line, message: ToReceiver, fds: readonly number[] = []): boolean {
    try {
      return line.channel.send(message, fds);
    } catch {
      // EMFILE, ETOOMANYREFS and their like: for these connections there is no way.
      return false;
    }
  }

  #end(line: Line): void {
    if (!this.#lines.delete(line)) return;
    line.channel.close();
    this.#goOn(line.ledger.takeBackAll());
    this.#letGo(line.ledger.endReleased());
    this.#settle();
  }

  #revoke(line: Line, nowMs: number): void {
    line.silentSinceMs ??= nowMs;
    const ids = line.ledger.waitingIds;
    const departing = line.ledger.takeBackAll();
    line.openConnections -= departing.length;
    this.#goOn(departing);
    for (const id of ids) this.#send(line, { type: 'revoke', id });
  }

  #goOn(departing: readonly Departing[]): void {
    if (departing.length === 0) return;
    const sockets = departing.map(({ socket }) => socket);
    for (const socket of sockets) {
      this.#away.delete(socket);
      goOnReading(socket);
    }
    this.#hooks.onTakenBack(sockets);
  }

  #settle(): void {
    if (this.open) {
      // Not for each batch: whoever gives looks at all its connections.
      if ([...this.#lines].some(({ ledger }) => ledger.waiting <= WINDOW_BATCHES / 2)) this.#hooks.onRoom();
    } else if (!this.#over && !this.underWay) {
      this.#over = true;
      this.#hooks.onOver();
    }
  }

  #watchAnswers(): void {
    if (this.#answersDue) return;
    this.#answersDue = true;
    // After the poll: an answer that has come while this loop was busy is read before it counts as missing.
    setTimeout(() => setImmediate(() => this.#checkAnswers()), ANSWER_MS / 2).unref();
  }

  #checkAnswers(): void {
    this.#answersDue = false;
    const nowMs = performance.now();
    for (const line of this.#lines) {
      const { ledger, silentSinceMs } = line;
      this.#letGo(ledger.overdueAdoptions(nowMs - SILENCE_MS));
      this.#endIfClosed(line);
      if (ledger.isOverdue(nowMs - ANSWER_MS)) this.#revoke(line, nowMs);
      else if (silentSinceMs !== null && nowMs - silentSinceMs > SILENCE_MS) this.#end(line);
    }
    const isAwaited = [...this.#lines].some(({ silentSinceMs }) => silentSinceMs !== null);
    if (this.underWay || isAwaited) this.#watchAnswers();
    this.#settle();
  }
}
