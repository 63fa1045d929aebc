/**
 * The figures as a stream of events to those who watch. While nobody does nothing is read, and no timer runs. Each event
 * tells everything, so that one which a slow viewer misses is no loss: nothing is kept for it.
 */
import type { Snapshot } from './view/snapshot.js';

/** More who watch are a mistake, or somebody else's. */
export const MOST_VIEWERS = 16;
export const INTERVAL_MS = 1_000;
/** A viewer that has not taken what it was sent for so many events in a row is gone, or as good as. */
export const MOST_MISSED = 10;

/** How soon a page comes back when the stream has ended. */
const RETRY_MS = 500;

/** A response, of which the head is written. */
export interface Viewer {
  readonly writableNeedDrain: boolean;
  write(text: string): boolean;
  end(): unknown;
  destroy(): unknown;
  once(event: 'close', listener: () => void): unknown;
}

export interface FeedHost {
  /** Somebody begins to watch: what there was before is no measure. */
  wake(): void;
  read(): Snapshot;
  /** Reading has failed in an event's turn: the streams end, and who watches asks again. */
  failed(error: unknown): void;
  /** Nobody watches any more. */
  rest(): void;
  /** Calls `action` again and again, until the function that it returns is called. */
  every(intervalMs: number, action: () => void): () => void;
}

export class Feed {
  readonly #host: FeedHost;
  /** How many events in a row each has missed. */
  readonly #viewers = new Map<Viewer, number>();
  #stop: (() => void) | null = null;

  constructor(host: FeedHost) {
    this.#host = host;
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  get isFull(): boolean {
    return this.#viewers.size >= MOST_VIEWERS;
  }

  /** From now on it gets events, the first at once. @throws what reading throws; then it does not watch. */
  join(viewer: Viewer): void {
    if (this.#stop === null) this.#host.wake();
    viewer.write(`retry: ${RETRY_MS}\n\n${eventOf(this.#host.read())}`);
    this.#viewers.set(viewer, 0);
    viewer.once('close', () => this.#leave(viewer));
    this.#stop ??= this.#host.every(INTERVAL_MS, () => this.#tell());
  }

  /** Ends all streams; who watches will come back. */
  end(): void {
    for (const viewer of this.#viewers.keys()) viewer.end();
    this.#viewers.clear();
    this.#rest();
  }

  #tell(): void {
    const event = this.#next();
    if (event === null) return this.end();
    for (const [viewer, missed] of this.#viewers) {
      if (!viewer.writableNeedDrain) {
        viewer.write(event);
        this.#viewers.set(viewer, 0);
      } else if (missed + 1 < MOST_MISSED) {
        this.#viewers.set(viewer, missed + 1);
      } else {
        viewer.destroy();
        this.#leave(viewer);
      }
    }
  }

  #next(): string | null {
    try {
      return eventOf(this.#host.read());
    } catch (error) {
      this.#host.failed(error);
      return null;
    }
  }

  #leave(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size === 0) this.#rest();
  }

  #rest(): void {
    if (this.#stop === null) return;
    this.#stop();
    this.#stop = null;
    this.#host.rest();
  }
}

function eventOf(snapshot: Snapshot): string {
  return `event: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`;
}
