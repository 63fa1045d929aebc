/**
 * The file that names the master by its pid. It is written to the disk before anything starts, and gets its name when this
 * master is in charge: what cannot be written is known in time, and nobody ever reads half of it.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { ReuseportError } from '../errors.js';
import { readProcess } from './process-table.js';

/** /proc counts in these whatever the kernel's own clock is (USER_HZ). */
const TICKS_PER_SECOND = 100;
/** What a pidfile may hold: a pid, with blanks and an end of line, or nothing where a disk was full. */
const MOST_BYTES = 32;

export class Pidfile {
  readonly #path: string;
  readonly #prepared: string;
  readonly #predecessor: number | null;

  private constructor(path: string, predecessor: number | null) {
    this.#path = path;
    this.#prepared = `${path}.${process.pid}`;
    this.#predecessor = predecessor;
  }

  /**
   * Changes nothing under `path` yet. `predecessor`: the master that this one follows. @throws ReuseportError ERR_PIDFILE
   * when the file cannot be made, is no pidfile, or names another process that lives.
   */
  static prepare(path: string, predecessor: number | null): Pidfile {
    const pidfile = new Pidfile(path, predecessor);
    pidfile.#check();
    try {
      rmSync(pidfile.#prepared, { force: true });
      // Never through a link that somebody else has put there.
      writeFileSync(pidfile.#prepared, `${process.pid}\n`, { flag: 'wx', mode: 0o644, flush: true });
    } catch (error) {
      pidfile.#removePrepared();
      throw cannot(path, 'written', error);
    }
    return pidfile;
  }

  /** This master is in charge. @throws as {@link Pidfile.prepare}; what was there is still there then. */
  publish(): void {
    this.#check();
    try {
      renameSync(this.#prepared, this.#path);
    } catch (error) {
      throw cannot(this.#path, 'written', error);
    }
  }

  /** Removes what names this process, and nothing else. Idempotent. */
  remove(): void {
    this.#removePrepared();
    try {
      if (readPid(this.#path) === process.pid) rmSync(this.#path);
    } catch {
      // Gone, or somebody else's by now.
    }
  }

  #removePrepared(): void {
    try {
      rmSync(this.#prepared, { force: true });
    } catch {
      // Its folder is gone, or may not be written any more.
    }
  }

  #check(): void {
    let pid: number | null;
    try {
      pid = readPid(this.#path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw cannot(this.#path, 'read', error);
    }
    if (pid === null) return;
    if (pid === 0) throw refused(this.#path, 'there is a file that is no pidfile. Use another --pidfile.');
    if (pid === process.pid || pid === this.#predecessor || !hasWritten(pid, this.#path)) return;
    throw refused(this.#path, `it names pid ${pid}, which lives. Stop that one, or use another --pidfile.`, { pid });
  }
}

/** null for an empty file, 0 for one with anything else, and for what is no file: /dev/null would be replaced. */
function readPid(path: string): number | null {
  const found = statSync(path);
  if (!found.isFile() || found.size > MOST_BYTES) return 0;
  const text = readFileSync(path, 'utf8').trim();
  if (text === '') return null;
  return /^[1-9][0-9]{0,9}$/.test(text) ? Number(text) : 0;
}

/** A process that is younger than the file only has the pid of the one which the file means. */
function hasWritten(pid: number, path: string): boolean {
  const found = readProcess(pid);
  if (found === null || found.zombie) return false;
  const bootSeconds = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? 0);
  const startSeconds = bootSeconds + found.startTicks / TICKS_PER_SECOND;
  // `btime` is in whole seconds.
  return startSeconds <= statSync(path).mtimeMs / 1000 + 2;
}

function cannot(path: string, be: 'read' | 'written', cause: unknown): ReuseportError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const advice =
    code === 'ENOSPC' ? 'The disk is full.' : 'Use another --pidfile, in a folder that the master may write.';
  return refused(path, `it cannot be ${be}: ${code ?? message}. ${advice}`, {}, cause);
}

function refused(path: string, why: string, fields: object = {}, cause?: unknown): ReuseportError {
  return new ReuseportError('ERR_PIDFILE', `pidfile ${path}: ${why}`, { cause, fields: { path, ...fields } });
}
