import { linkSync, lstatSync, rmSync } from 'node:fs';
import { spareOf } from '../listener/spare-link.js';
import { callAs, type FileChange } from '../privilege/run-as.js';
import type { MasterOptions } from './master-options.js';

/** Makes changes, of which none may fail aloud: not every file system has hard links, nor may every user make one. */
export type ChangeFiles = (changes: readonly FileChange[]) => void;

/**
 * The file of a unix-domain listener. Many programs remove it before they listen, to be rid of one left behind: the second
 * worker would remove what the first has made, and nobody could connect any more. A second, hidden link to the socket
 * (`.name.reuseport`) lets the file be put back when the next worker takes the listener over.
 */
export class SocketFile {
  readonly #path: string;
  readonly #spare: string;
  readonly #inode: number | null;
  readonly #change: ChangeFiles;

  /** `path` has just been bound, and the worker has made the second link. */
  constructor(path: string, change: ChangeFiles) {
    this.#path = path;
    this.#spare = spareOf(path);
    // Of whichever is there: a program may have removed the file in the meantime.
    this.#inode = inodeOf(this.#spare) ?? inodeOf(path);
    this.#change = change;
  }

  /** Puts the file back where it is missing; what somebody else has put there stays. */
  restore(): void {
    if (inodeOf(this.#path) === null) this.#change([['link', this.#spare, this.#path]]);
  }

  /** Removes the file, as Node does when a server closes, unless it is another's by now. */
  remove(): void {
    const isOurs = this.#inode !== null && inodeOf(this.#path) === this.#inode;
    this.#change([['unlink', this.#spare], ...(isOurs ? [['unlink', this.#path] satisfies FileChange] : [])]);
  }
}

/**
 * With the rights of the workers' user where that is another: it named the path and may write in its folder, and a link
 * put there in the meantime must not lead a master that is root to files of others.
 */
export function fileChanges({ user, launch }: Pick<MasterOptions, 'user' | 'launch'>): ChangeFiles {
  if (user === null || launch.runAs === null) return changeFiles;
  const { launcher } = launch.runAs;
  return (changes) => {
    try {
      callAs(launcher, user, changes);
    } catch {
      // No descriptor or process left for it: the files stay.
    }
  };
}

function changeFiles(changes: readonly FileChange[]): void {
  for (const change of changes) {
    try {
      if (change[0] === 'link') linkSync(change[1], change[2]);
      else rmSync(change[1], { force: true });
    } catch {
      // In a folder where this user may not: the file stays, as one of a killed server would.
    }
  }
}

function inodeOf(path: string): number | null {
  try {
    return lstatSync(path).ino;
  } catch {
    return null;
  }
}
