/** The machine as the configuration sees it: the one seam between pure resolution and the operating system. */

import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { pathToFileURL } from 'node:url';

export interface ConfigHost {
  /** Absolute path that relative paths of flags and environment refer to. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid: number;
  /** The folder for temporary files. */
  readonly temporaryFolder: string;
  /** As in `v22.18.0`. */
  readonly nodeVersion: string;
  /** Whether this Node imports `.ts` files. */
  readonly stripsTypes: boolean;
  /** Whether there is a regular file, links followed. */
  readonly isFile: (path: string) => Promise<boolean>;
  /** The text of a file; rejects with a Node system error (ENOENT, EACCES, EISDIR). */
  readonly readText: (path: string) => Promise<string>;
  /** The namespace of a module; rejects with whatever it throws. */
  readonly importModule: (path: string) => Promise<unknown>;
}

/** The machine that this process runs on. */
export function currentHost(): ConfigHost {
  return {
    cwd: process.cwd(),
    env: process.env,
    uid: process.getuid?.() ?? 0,
    temporaryFolder: tmpdir(),
    nodeVersion: process.version,
    // 'strip' or 'transform' where Node does it, false where a flag forbids it, absent before Node 22.10.
    stripsTypes: Boolean((process.features as { readonly typescript?: unknown }).typescript),
    isFile: (path) =>
      stat(path).then(
        (found) => found.isFile(),
        () => false,
      ),
    readText: (path) => readFile(path, 'utf8'),
    importModule: (path) => settling(import(pathToFileURL(path).href) as Promise<unknown>),
  };
}

/** Rejects where nothing is left that could settle it: this process would end without a word, and with exit code 0. */
function settling(module: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onIdle = () => reject(new Error('a top-level await in it never settles'));
    process.once('beforeExit', onIdle);
    void module.then(resolve, reject).finally(() => process.off('beforeExit', onIdle));
  });
}
