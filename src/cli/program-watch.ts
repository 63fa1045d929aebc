/** `--watch`: an ordinary reload when files of the program have changed. */
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import type { FSWatcher } from 'chokidar';
import type { Logger } from '../observe/log.js';
import { isIgnored, programFolder } from './program-folder.js';

/** Files that are saved together, or a checkout of a branch, are one change. */
const QUIET_MS = 150;
const SHOWN_FILES = 3;

export class ProgramWatch {
  readonly #log: Logger;
  readonly #folder: string;
  readonly #reload: () => void;
  readonly #watcher: FSWatcher;
  readonly #changed = new Set<string>();
  #quiet: NodeJS.Timeout | undefined;

  private constructor(watcher: FSWatcher, folder: string, log: Logger, reload: () => void) {
    this.#watcher = watcher;
    this.#folder = folder;
    this.#log = log;
    this.#reload = reload;
    watcher.on('all', (_, path) => this.#onChange(path));
    watcher.on('error', (error) => this.#onError(error as NodeJS.ErrnoException));
    watcher.once('ready', () => log.info({ event: 'watching', folder }, `watches ${folder}: what changes is reloaded`));
  }

  static async begin(script: string, log: Logger, reload: () => void): Promise<ProgramWatch> {
    // Who does not watch does not load it.
    const { watch } = await import('chokidar');
    const folder = programFolder(script, isFile);
    const watcher = watch(folder, {
      ignoreInitial: true,
      ignored: (path, stats) => isIgnored(folder, path, stats?.isFile() === true),
    });
    return new ProgramWatch(watcher, folder, log, reload);
  }

  async close(): Promise<void> {
    clearTimeout(this.#quiet);
    await this.#watcher.close();
  }

  #onChange(path: string): void {
    this.#changed.add(relative(this.#folder, path));
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#tell(), QUIET_MS);
  }

  #tell(): void {
    const files = [...this.#changed];
    this.#changed.clear();
    const shown = files.slice(0, SHOWN_FILES).join(', ');
    const more = files.length > SHOWN_FILES ? ` and ${files.length - SHOWN_FILES} more` : '';
    this.#log.info(
      { event: 'program-changed', files: files.length },
      `${shown}${more} changed: the service is reloaded`,
    );
    this.#reload();
  }

  #onError({ code, message }: NodeJS.ErrnoException): void {
    const advice = code === 'ENOSPC' ? ' Raise fs.inotify.max_user_watches (sysctl).' : '';
    this.#log.error({ event: 'watch-failed', code }, `--watch does not see every change: ${message}.${advice}`);
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
