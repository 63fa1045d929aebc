/** Where the master's log goes: standard error, whatever has become of it. */
import { writeSync } from 'node:fs';

/** Writes some of the bytes and returns how many; throws like `fs.writeSync`. */
export type WriteSome = (bytes: Uint8Array) => number;

/** How long a reader that does not read may hold the master up, in milliseconds. */
const PATIENCE_MS = 1_000;
const LOOK_MS = 5;

const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * A line is written before `write` returns, or lost: a full disk, a closed pipe or a reader that stands still must not
 * end the service, nor stop it. Lost lines are counted, and the next line that gets through says how many.
 */
export class ErrorStream {
  readonly #writeSome: WriteSome;
  readonly #noticeOf: (lostLines: number) => string;
  #lost = 0;
  /** Since when the reader stands still; null while it reads. */
  #stuckSinceMs: number | null = null;
  /** The last line got out in part only: the next one must not continue it. */
  #torn = false;

  /** @param noticeOf the line that says how many were lost, in the format of the log; ends with a newline */
  constructor(noticeOf: (lostLines: number) => string, writeSome: WriteSome = (bytes) => writeSync(2, bytes)) {
    this.#noticeOf = noticeOf;
    this.#writeSome = writeSome;
  }

  /** @param line ends with a newline */
  write(line: string): void {
    const notice = this.#lost === 0 ? '' : this.#noticeOf(this.#lost);
    if (this.#writeAll(Buffer.from(`${this.#torn ? '\n' : ''}${notice}${line}`))) this.#lost = 0;
    else this.#lost += 1;
  }

  #writeAll(bytes: Uint8Array): boolean {
    let written = 0;
    while (written < bytes.length) {
      try {
        written += this.#writeSome(bytes.subarray(written));
        this.#stuckSinceMs = null;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN' && this.#waits()) continue;
        this.#torn = this.#torn || written > 0;
        return false;
      }
    }
    this.#torn = false;
    return true;
  }

  /** A pipe that is full: waits a little, within the patience. */
  #waits(): boolean {
    const nowMs = performance.now();
    this.#stuckSinceMs ??= nowMs;
    if (nowMs - this.#stuckSinceMs > PATIENCE_MS) return false;
    Atomics.wait(pause, 0, 0, LOOK_MS);
    return true;
  }
}
