/**
 * A file beside the control socket with what the next master is to know when this one is killed. It is replaced as a whole,
 * and removed when the service ends.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Logger } from '../observe/log.js';
import { decodeLegacy, type Legacy } from './legacy.js';

export class StateFile {
  readonly #path: string;
  readonly #log: Logger;
  #written = '';
  #last: Legacy | null = null;
  #failed = false;

  constructor(controlPath: string, log: Logger) {
    this.#path = `${controlPath}.state`;
    this.#log = log;
  }

  /** What a master of this user, or root's, has left; null when none was killed. */
  read(): Legacy | null {
    let fd: number | null = null;
    try {
      fd = openSync(this.#path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const { uid } = fstatSync(fd);
      if (uid !== 0 && uid !== process.geteuid?.()) return null;
      return decodeLegacy(JSON.parse(readFileSync(fd, 'utf8')));
    } catch {
      // There is none, or it is none.
      return null;
    } finally {
      if (fd !== null) closeSync(fd);
    }
  }

  write(legacy: Legacy): void {
    const text = `${JSON.stringify(legacy)}\n`;
    if (text === this.#written) return;
    this.#written = text;
    this.#last = legacy;
    const prepared = `${this.#path}.${process.pid}`;
    try {
      rmSync(prepared, { force: true });
      // Never through a link that somebody else has put there.
      writeFileSync(prepared, text, { flag: 'wx', mode: 0o600 });
      renameSync(prepared, this.#path);
      this.#failed = false;
    } catch (error) {
      this.#fail(error as NodeJS.ErrnoException);
    }
  }

  /** The service ends, but a store keeps its listeners for the next start: what was changed live ends with it. */
  keepOrders(): void {
    if (this.#last !== null) this.write({ ...this.#last, changed: { workers: null, steer: null }, hold: null });
  }

  /** Idempotent. */
  remove(): void {
    this.#written = '';
    this.#last = null;
    for (const path of [`${this.#path}.${process.pid}`, this.#path]) {
      try {
        rmSync(path, { force: true });
      } catch {
        // Its folder is gone, or may not be written any more.
      }
    }
  }

  /** Rather none than one that is not true any more. */
  #fail({ code, message }: NodeJS.ErrnoException): void {
    this.remove();
    if (this.#failed) return;
    this.#failed = true;
    const what = `state file ${this.#path}: it cannot be written: ${code ?? message}`;
    const why = 'A master that follows this one after a crash will not know what was changed live';
    this.#log.warn({ event: 'state-file-failed', code }, `${what}. ${why}`);
  }
}
