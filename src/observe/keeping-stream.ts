/** Where the lines for a file go: what it does not take is kept until it does. */
import type { WriteSome } from './error-stream.js';

/** What is kept at most. A line of the log has some 200 bytes, and comes with a change of state only. */
const MOST_KEPT_BYTES = 4 * 1024 * 1024;

export interface KeepingOptions {
  writeSome: WriteSome;
  /** Called with why when the file begins to refuse, and with null when it takes lines again. */
  onRefusal(error: NodeJS.ErrnoException | null): void;
  /** The line that says how many were lost; ends with a newline. */
  noticeOf(lostLines: number): string;
  mostKeptBytes?: number;
}

/** A full disk must neither end the service nor stop it, nor lose what was to be written: it comes when there is room. */
export class KeepingStream {
  readonly #options: KeepingOptions;
  readonly #mostKeptBytes: number;
  #kept: string[] = [];
  #keptBytes = 0;
  #lost = 0;
  #refuses = false;
  /** The line that is first got out in part only. */
  #torn = false;

  constructor(options: KeepingOptions) {
    this.#options = options;
    this.#mostKeptBytes = options.mostKeptBytes ?? MOST_KEPT_BYTES;
  }

  /** @param line ends with a newline */
  write(line: string): void {
    this.#keep(line);
    this.flush();
  }

  /** Tries again to write what is kept. */
  flush(): void {
    while (this.#kept.length > 0) {
      const refusal = this.#writeLine(this.#kept[0] ?? '');
      if (refusal !== null) return this.#say(refusal);
      this.#drop();
      if (this.#kept.length === 0 && this.#lost > 0) {
        const notice = this.#options.noticeOf(this.#lost);
        this.#lost = 0;
        this.#kept.push(notice);
        this.#keptBytes += Buffer.byteLength(notice);
      }
    }
    this.#say(null);
  }

  /** What has not been written, and is to be told elsewhere. */
  takeKept(): string {
    const notice = this.#lost === 0 ? '' : this.#options.noticeOf(this.#lost);
    const text = this.#kept.join('') + notice;
    this.#kept = [];
    this.#keptBytes = 0;
    this.#lost = 0;
    return text;
  }

  #keep(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#keptBytes + bytes > this.#mostKeptBytes) {
      this.#lost += 1;
      return;
    }
    this.#kept.push(line);
    this.#keptBytes += bytes;
  }

  #drop(): void {
    this.#keptBytes -= Buffer.byteLength(this.#kept.shift() ?? '');
  }

  /** What the file answers; null when it has taken the line. */
  #writeLine(line: string): NodeJS.ErrnoException | null {
    // Others write between the two tries: the line begins anew.
    const bytes = Buffer.from(`${this.#torn ? '\n' : ''}${line}`);
    let written = 0;
    try {
      while (written < bytes.length) written += this.#options.writeSome(bytes.subarray(written));
    } catch (error) {
      this.#torn ||= written > 0;
      return error as NodeJS.ErrnoException;
    }
    this.#torn = false;
    return null;
  }

  #say(refusal: NodeJS.ErrnoException | null): void {
    if ((refusal !== null) === this.#refuses) return;
    this.#refuses = refusal !== null;
    this.#options.onRefusal(refusal);
  }
}
