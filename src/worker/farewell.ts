/** Tells WebSockets, in a drain, that their worker goes: not all at once, or they would all come back at once. */
import type { DrainReason } from '../channel/messages.js';
import type { WebSocketLike } from './web-socket.js';

/** Between one client and the next, unless there are too many for that. */
const PACE_MS = 10;
/** All are told within this part of the time that is left, so that the last have time to close, too. */
const SPREAD_SHARE = 1 / 2;

/** In how many milliseconds `count` clients are told one after the other. Pure. */
export function spreadMs(count: number, leftMs: number): number {
  return Math.max(0, Math.min(count * PACE_MS, leftMs * SPREAD_SHARE));
}

/** How many of `count` are to have been told `passedMs` after the first. Pure. */
export function dueAfter(passedMs: number, count: number, spread: number): number {
  return spread === 0 || count === 0 ? count : Math.min(count, 1 + Math.floor((passedMs * count) / spread));
}

/** Close codes of RFC 6455's registry: 1012 "Service Restart", 1001 "going away". */
export function closeOf(reason: DrainReason): { code: number; text: string } {
  const comesBack = reason === 'reload' || reason === 'scale';
  return comesBack ? { code: 1012, text: 'service restart' } : { code: 1001, text: 'service stops' };
}

export class Farewell {
  readonly #open: () => WebSocketLike[];
  readonly #close: ReturnType<typeof closeOf>;
  /** Those that are told now, one after the other. */
  #round: { webSockets: WebSocketLike[]; sinceMs: number; spread: number } = { webSockets: [], sinceMs: 0, spread: 0 };
  #told = 0;

  /** `open`: the WebSockets that are open, whenever it is asked. */
  constructor(open: () => WebSocketLike[], reason: DrainReason) {
    this.#open = open;
    this.#close = closeOf(reason);
  }

  /** Looks for WebSockets to tell, unless some still wait for their turn. Times as of performance.now(). */
  look(nowMs: number, deadlineMs: number): void {
    if (this.#told < this.#round.webSockets.length) return;
    const webSockets = this.#open();
    this.#round = { webSockets, sinceMs: nowMs, spread: spreadMs(webSockets.length, deadlineMs - nowMs) };
    this.#told = 0;
  }

  /** To be called often: tells those whose turn it is. */
  tellDue(nowMs: number): void {
    const { webSockets, sinceMs, spread } = this.#round;
    const due = dueAfter(nowMs - sinceMs, webSockets.length, spread);
    this.#tell(webSockets.slice(this.#told, due));
    this.#told = due;
  }

  /** Tells all that have not been told. */
  tellAll(): void {
    this.#tell(this.#open());
  }

  #tell(webSockets: readonly WebSocketLike[]): void {
    for (const webSocket of webSockets) {
      try {
        webSocket.close(this.#close.code, this.#close.text);
      } catch (error) {
        // Of a class of the program's own: uncaught as it would be there, and no matter of the others' here.
        setImmediate(() => {
          throw error;
        });
      }
    }
  }
}
