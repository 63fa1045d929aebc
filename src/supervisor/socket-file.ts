import { linkSync, lstatSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * The file of a unix-domain listener. Many programs remove it before they listen, to be rid of one left behind: the second
 * worker would remove what the first has made, and nobody could connect any more. A second, hidden link to the socket
 * (`.name.reuseport`) lets the file be put back when the next worker takes the listener over.
 */
export class SocketFile {
  readonly #path: string;
  readonly #spare: string;
  readonly #inode: number | null;

  /** `path` has just been bound. */
  constructor(path: string) {
    this.#path = path;
    this.#spare = join(dirname(path), `.${basename(path)}.reuseport`);
    this.#inode = inodeOf(path);
    discard(this.#spare);
    link(path, this.#spare);
  }

  /** Puts the file back where it is missing; what somebody else has put there stays. */
  restore(): void {
    if (inodeOf(this.#path) === null) link(this.#spare, this.#path);
  }

  /** Removes the file, as Node does when a server closes, unless it is another's by now. */
  remove(): void {
    discard(this.#spare);
    if (this.#inode !== null && inodeOf(this.#path) === this.#inode) discard(this.#path);
  }
}

function inodeOf(path: string): number | null {
  return lstatSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

/** Not every file system has hard links, and not every user may make one: then there is no way back for the file. */
function link(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    return;
  }
}

function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // In a folder where this user may not: the file stays, as one of a killed server would.
    return;
  }
}
