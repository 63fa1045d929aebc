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

export interface GiverHooks {
  /** Connections have left for good. */
  onReleased?(count: number): void;
  /** Connections that were given are this worker's again. */
  onTakenBack(sockets: readonly HttpSocket[]): void;
  /** More can be given than before. */
  onRoom(): void;
  /** Once: nothing can be given any more, and nothing is under way. */
  onOver(): void;
}

interface Line {
  channel: TypedChannel<ToGiver, ToReceiver>;
  ledger: Ledger<HttpSocket>;
  openConnections: number;
  /** Does the receiver take more. */
  takes: boolean;
  /** When an answer was missed, by performance.now(); null once one has come. Meanwhile nothing is given. */
  silentSinceMs: number | null;
}

/**
 * Batches under way on a line. Enough to keep both loops at work; their descriptors in flight stay far below the limit
 * that the kernel has for a user (RLIMIT_NOFILE, ETOOMANYREFS).
 */
const WINDOW_BATCHES = 16;
/** A receiver that does not answer for so long is busy, stuck or stopped: its connections are taken back. */
const ANSWER_MS = 500;
/** One that then does not answer for so long either is given up. */
const SILENCE_MS = 2_500;

/** Gives connections to other workers, and takes back what they do not take. */
export class Giver {
  readonly #hooks: GiverHooks;
  readonly #away: WeakSet<HttpSocket>;
  readonly #lines = new Set<Line>();
  #answersDue = false;
  #over = false;

  /** Owns the lines' descriptors. `away`: noted there while they are with a receiver: nobody may give them again. */
  constructor(addon: Addon, away: WeakSet<HttpSocket>, ends: readonly LineEnd[], hooks: GiverHooks) {
    this.#away = away;
    this.#hooks = hooks;
    for (const end of ends) this.#open(addon, end);
  }

  /** Does any receiver take more, though perhaps not now. */
  get open(): boolean {
    return [...this.#lines].some(({ takes }) => takes);
  }

  /** May a batch be given in this moment. */
  get hasRoom(): boolean {
    return this.#nextLine() !== undefined;
  }

  /** Has a receiver not answered yet. */
  get underWay(): boolean {
    return [...this.#lines].some(({ ledger }) => ledger.waiting > 0);
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
    const id = line.ledger.give(sockets, performance.now());
    line.openConnections += sockets.length;
    const connections = departing.map(({ connection }) => connection);
    const fds = sockets.map(({ _handle }) => _handle?.fd ?? -1);
    if (this.#send(line, { type: 'give', id, key, connections }, fds)) this.#watchAnswers();
    else this.#end(line);
  }

  /** Ends the lines. What was not released stays here. */
  close(): void {
    for (const line of this.#lines) this.#end(line);
  }

  #open(addon: Addon, { fd, openConnections }: LineEnd): void {
    const channel: Line['channel'] = new TypedChannel(addon, fd, decodeToGiver, {
      onMessage: ({ id, count }) => this.#answered(line, id, count),
      onClose: () => this.#end(line),
      onBadMessage: () => this.#end(line),
    });
    const line: Line = { channel, ledger: new Ledger(), openConnections, takes: true, silentSinceMs: null };
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
    // First the message: were the receiver gone, they would still be here to go on with.
    if (release.length > 0 && !this.#send(line, { type: 'release', id })) {
      this.#goOn([...release, ...takeBack]);
      return this.#end(line);
    }
    for (const socket of release) socket.destroy();
    this.#hooks.onReleased?.(release.length);
    if (takeBack.length > 0) line.takes = false;
    this.#goOn(takeBack);
    this.#settle();
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
    this.#settle();
  }

  #revoke(line: Line, nowMs: number): void {
    line.silentSinceMs ??= nowMs;
    const ids = line.ledger.waitingIds;
    const sockets = line.ledger.takeBackAll();
    line.openConnections -= sockets.length;
    this.#goOn(sockets);
    if (!ids.every((id) => this.#send(line, { type: 'revoke', id }))) this.#end(line);
  }

  #goOn(sockets: readonly HttpSocket[]): void {
    if (sockets.length === 0) return;
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
      if (ledger.isOverdue(nowMs - ANSWER_MS)) this.#revoke(line, nowMs);
      else if (silentSinceMs !== null && nowMs - silentSinceMs > SILENCE_MS) this.#end(line);
    }
    const isAwaited = [...this.#lines].some(({ silentSinceMs }) => silentSinceMs !== null);
    if (this.underWay || isAwaited) this.#watchAnswers();
  }
}
