import type { Addon, NativeChannel } from '../native/addon.js';
import type { Os } from './os.js';

/** What runs JavaScript answers within milliseconds. */
const PATIENCE_MS = 1_000;
const MOST_FRAMES = 50;

/** The master's end of a worker's stack witness. */
export class StackRequest {
  readonly #os: Os;
  readonly #channel: NativeChannel;
  #closed = false;
  #answer: ((stack: string | null) => void) | null = null;

  /** Takes `fd` over. */
  constructor(addon: Addon, os: Os, fd: number) {
    this.#os = os;
    this.#channel = new addon.Channel(fd, {
      onMessage: (data) => this.#answer?.(framesOf(data.toString())),
      // This Node does not let its stack be read, or the worker is gone.
      onClose: () => {
        this.#closed = true;
        this.#answer?.(null);
      },
    });
  }

  /** The stack of the worker's main thread, a line for each frame; null when it gives none in time. One at a time. */
  read(): Promise<string | null> {
    return new Promise((resolve) => {
      const settle = (stack: string | null) => {
        cancel();
        this.#answer = null;
        resolve(stack);
      };
      const cancel = this.#os.timer(PATIENCE_MS, () => settle(null));
      this.#answer = settle;
      if (this.#closed) return settle(null);
      try {
        this.#channel.send('stack?');
      } catch {
        // Its end is on the way.
        settle(null);
      }
    });
  }

  close(): void {
    this.#closed = true;
    this.#channel.close();
    this.#answer?.(null);
  }
}

function framesOf(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '');
  const shown = lines.slice(0, MOST_FRAMES).map((line) => `at ${line}`);
  return [...shown, ...(lines.length > MOST_FRAMES ? [`… ${lines.length - MOST_FRAMES} more`] : [])].join('\n');
}
