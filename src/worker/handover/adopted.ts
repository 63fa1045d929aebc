/**
 * Connections that were used in another worker and wait here for their next request. Node takes each for a new one whose
 * first request is overdue after `headersTimeout`; to the client it is a kept-alive one, and so it is treated.
 */
import type { ConnectionsList, HttpSocket } from '../node-internals.js';

interface Waiting {
  list: ConnectionsList;
  /** Ends the keep-alive time; null where none runs. */
  timer: NodeJS.Timeout | null;
  /** When it ends, by performance.now(). */
  endsMs: number | null;
  /** What had come when the time was last set. */
  bytes: number;
  /** The idle time that the server, or the program, set for a new connection: it holds from the first request on. */
  timeoutMs: number;
}

/** A line end that old clients send after a body belongs to no request. */
const STRAY_BYTES = 2;
/** Node keeps a list for each length of time that timers have: few lengths, few lists. */
const STEP_MS = 250;
/** What the client sent while its connection was under way must have been read before its time is over. */
const LEAST_REST_MS = 500;

export class AdoptedConnections {
  readonly #waiting = new Map<HttpSocket, Waiting>();
  readonly #lists = new WeakSet<ConnectionsList>();

  /** `list` is that of its server. `restMs`: what is left of its keep-alive time; null: it has none. */
  add(list: ConnectionsList, socket: HttpSocket, restMs: number | null): void {
    this.#correct(list);
    const waiting: Waiting = { list, timer: null, endsMs: null, bytes: 0, timeoutMs: socket.timeout ?? 0 };
    if (waiting.timeoutMs > 0) socket.setTimeout(0);
    this.#waiting.set(socket, waiting);
    if (restMs === null) return;
    this.#setTimer(socket, waiting, Math.max(Math.ceil(restMs / STEP_MS) * STEP_MS, LEAST_REST_MS));
  }

  /** A request has begun: from now on Node knows it for what it is. */
  begun(socket: HttpSocket): void {
    const waiting = this.#waiting.get(socket);
    if (waiting === undefined) return;
    this.#waiting.delete(socket);
    clearTimeout(waiting.timer ?? undefined);
    if (waiting.timeoutMs > 0) socket.setTimeout(waiting.timeoutMs);
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Milliseconds left of its keep-alive time, null when it has none; undefined for a connection that does not wait. */
  restMs(socket: HttpSocket): number | null | undefined {
    const waiting = this.#waiting.get(socket);
    if (waiting === undefined) return undefined;
    return waiting.endsMs === null ? null : Math.max(0, waiting.endsMs - performance.now());
  }

  #setTimer(socket: HttpSocket, waiting: Waiting, afterMs: number): void {
    waiting.endsMs = performance.now() + afterMs;
    waiting.timer = setTimeout(() => this.#timeOut(socket, waiting, afterMs), afterMs).unref();
  }

  #timeOut(socket: HttpSocket, waiting: Waiting, afterMs: number): void {
    const { bytesRead } = socket;
    if (socket.destroyed || bytesRead > STRAY_BYTES) this.begun(socket);
    else if (bytesRead === waiting.bytes) {
      this.#waiting.delete(socket);
      socket.destroy();
    } else {
      // Any byte starts the time anew, as in Node.
      waiting.bytes = bytesRead;
      this.#setTimer(socket, waiting, afterMs);
    }
  }

  /** Makes `closeIdleConnections` and the check of time-outs see them as idle. */
  #correct(list: ConnectionsList): void {
    if (this.#lists.has(list)) return;
    this.#lists.add(list);
    const idle = list.idle.bind(list);
    const expired = list.expired.bind(list);
    list.idle = () => {
      const silent = [...this.#waiting].filter(([socket, { list: own }]) => own === list && isSilent(socket));
      return [...idle(), ...silent.flatMap(([{ parser }]) => parser ?? [])];
    };
    list.expired = (headersTimeoutMs, requestTimeoutMs) => {
      for (const socket of this.#waiting.keys()) if (socket.destroyed) this.begun(socket);
      return expired(headersTimeoutMs, requestTimeoutMs).filter(({ socket }) => {
        return socket == null || !this.#waiting.has(socket) || socket.bytesRead > STRAY_BYTES;
      });
    };
  }
}

function isSilent(socket: HttpSocket): boolean {
  return !socket.destroyed && socket.bytesRead === 0;
}
