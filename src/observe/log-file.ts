/**
 * The file that the log goes to, with what the workers print. Appended to by all of them; rotated by whoever renames it and
 * sends USR1.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { ReuseportError } from '../errors.js';

/** Whoever reads logs on this machine is often in the group; others need not. */
const MODE = 0o640;

const REASONS: Record<string, string> = {
  ENOENT: 'its folder does not exist. Make it, or use another',
  EACCES: 'this user may not write there. Give it the right, or use another',
  EISDIR: 'it is a folder. Name a file in it',
  ENOSPC: 'the disk is full. Make room, or use another',
  EROFS: 'the file system is read-only. Use another',
};

export class LogFile {
  readonly path: string;
  readonly #option: string;
  #fd: number;

  private constructor(path: string, option: string) {
    this.path = path;
    this.#option = option;
    this.#fd = this.#open();
  }

  /** @param option that names it, for messages. @throws ReuseportError ERR_LOG_FILE */
  static open(path: string, option: string): LogFile {
    return new LogFile(path, option);
  }

  get fd(): number {
    return this.#fd;
  }

  write(bytes: Uint8Array): number {
    return writeSync(this.#fd, bytes);
  }

  /** Goes on in the file that has the path now. @throws ReuseportError ERR_LOG_FILE; it then goes on where it was. */
  reopen(): void {
    const former = this.#fd;
    this.#fd = this.#open();
    closeSync(former);
  }

  #open(): number {
    try {
      return openSync(this.path, 'a', MODE);
    } catch (cause) {
      const { code = '', message } = cause as NodeJS.ErrnoException;
      const reason = REASONS[code];
      const why = reason === undefined ? message : `${code}: ${reason} ${this.#option}.`;
      const text = `${this.#option} ${this.path} cannot be opened: ${why}`;
      throw new ReuseportError('ERR_LOG_FILE', text, { cause, fields: { path: this.path } });
    }
  }
}
