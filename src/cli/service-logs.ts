/** Where a service writes: its log, and what its workers print. */
import { openSync } from 'node:fs';
import type { ResolvedConfig } from '../config/resolved-config.js';
import type { Addon } from '../native/addon.js';
import { LogFile } from '../observe/log-file.js';
import { type Logger, openLog, type OpenLog } from '../observe/log.js';
import type { LogDescriptors } from '../supervisor/master-options.js';

export class ServiceLogs {
  readonly #addon: Addon;
  readonly #file: LogFile | null;
  readonly #open: OpenLog;
  readonly #access: LogFile | null;
  #detached = false;

  /** @throws ReuseportError ERR_LOG_FILE */
  constructor(addon: Addon, { logFile, accessLog, logLevel, logFormat, name }: ResolvedConfig) {
    this.#addon = addon;
    this.#file = logFile === undefined ? null : LogFile.open(logFile, '--log-file');
    this.#access = accessLog === undefined || accessLog === '-' ? null : LogFile.open(accessLog, '--access-log');
    this.#open = openLog({ level: logLevel, format: logFormat, name, file: this.#file });
  }

  get log(): Logger {
    return this.#open.log;
  }

  /** What workers are given; null: what the master has. */
  get descriptors(): LogDescriptors {
    return { output: this.#file?.fd ?? null, access: this.#access?.fd ?? null };
  }

  /** Leaves the terminal: what this process prints goes to the file from now on. */
  detach(): void {
    const input = openSync('/dev/null', 'r');
    this.#addon.replaceDescriptor(input, 0);
    this.#addon.close(input);
    this.#detached = true;
    this.#printToFile();
  }

  /** Goes on in the files that have the names now. Returns whether there are any. */
  reopen(): boolean {
    const files = [this.#file, this.#access].filter((file) => file !== null);
    if (files.length === 0) {
      this.log.debug({ event: 'logs-reopened' }, 'the log is on standard error: there is nothing to reopen');
      return false;
    }
    const reopened = files.filter((file) => this.#reopen(file));
    if (this.#detached) this.#printToFile();
    this.#open.flush();
    if (reopened.length === 0) return false;
    const paths = reopened.map(({ path }) => path);
    this.log.info({ event: 'logs-reopened', paths }, `logs go on in ${paths.join(' and ')}`);
    return true;
  }

  #reopen(file: LogFile): boolean {
    try {
      file.reopen();
      return true;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.log.error({ event: 'logs-not-reopened', code }, `${message} It goes on where it was.`);
      return false;
    }
  }

  close(): void {
    this.#open.close();
  }

  #printToFile(): void {
    if (this.#file === null) return;
    for (const fd of [1, 2]) this.#addon.replaceDescriptor(this.#file.fd, fd);
  }
}
