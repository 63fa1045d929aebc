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
  #detached = false;

  /** @throws ReuseportError ERR_LOG_FILE */
  constructor(addon: Addon, { logFile, logLevel, logFormat, name }: ResolvedConfig) {
    this.#addon = addon;
    this.#file = logFile === undefined ? null : LogFile.open(logFile, '--log-file');
    this.#open = openLog({ level: logLevel, format: logFormat, name, file: this.#file });
  }

  get log(): Logger {
    return this.#open.log;
  }

  /** What workers are given; null: what the master has. */
  get descriptors(): LogDescriptors {
    return { output: this.#file?.fd ?? null };
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
    const file = this.#file;
    if (file === null) {
      this.log.debug({ event: 'logs-reopened' }, 'the log is on standard error: there is nothing to reopen');
      return false;
    }
    try {
      file.reopen();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.log.error({ event: 'logs-not-reopened', code }, `${message} The log goes on where it was.`);
      return false;
    }
    if (this.#detached) this.#printToFile();
    this.#open.flush();
    this.log.info({ event: 'logs-reopened' }, `the log goes on in ${file.path}`);
    return true;
  }

  close(): void {
    this.#open.close();
  }

  #printToFile(): void {
    if (this.#file === null) return;
    for (const fd of [1, 2]) this.#addon.replaceDescriptor(this.#file.fd, fd);
  }
}
