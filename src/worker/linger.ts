import { readSync } from 'node:fs';
import { type HttpSocket, stopReading } from './node-internals.js';

/** How long a client may take to close its side. */
const LINGER_MS = 2_000;
const LOOK_MS = 10;
/** Reads in one look, so that a client that never stops sending holds nobody up. */
const MOST_READS = 16;

/**
 * Ends connections without a reset. A byte of the client that meets a closed socket is answered by one, which may overtake
 * what it has not read yet. So our side is closed first (close_notify before it, over TLS), what still comes is thrown away,
 * and the socket is closed when the client has closed, too, or has had its time.
 */
export class LingeringEnds {
  readonly #lingerMs: number;
  readonly #since = new Map<HttpSocket, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(lingerMs = LINGER_MS) {
    this.#lingerMs = lingerMs;
  }

  end(socket: HttpSocket): void {
    if (socket.destroyed || this.#since.has(socket)) return;
    // Past the parser: no request begins any more that could not be answered.
    stopReading(socket);
    socket.end();
    this.#since.set(socket, performance.now());
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
  }

  /** Connections that are ending. */
  get size(): number {
    return this.#since.size;
  }

  #look(): void {
    const nowMs = performance.now();
    for (const [socket, sinceMs] of this.#since) {
      const isOver = nowMs - sinceMs >= this.#lingerMs || (socket.writableFinished && hasClosed(socket));
      if (isOver) socket.destroy();
      if (socket.destroyed) this.#since.delete(socket);
    }
    if (this.#since.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

const discarded = Buffer.allocUnsafe(65_536);

/** Throws away what has come; has the client closed its side. */
function hasClosed({ _handle }: HttpSocket): boolean {
  if (_handle === null || _handle.fd < 0) return true;
  try {
    for (let reads = 0; reads < MOST_READS; reads += 1) if (readSync(_handle.fd, discarded) === 0) return true;
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EAGAIN';
  }
}
