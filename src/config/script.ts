/** Which file the script is. */

import { join } from 'node:path';

import { ReuseportError } from '../errors.js';
import type { ConfigHost } from './host.js';

/** As `node server` runs server.js. */
const SUFFIXES = ['', '.js', '.cjs', '.mjs'];

interface AskedScript {
  /** Absolute path. */
  readonly path: string;
  /** What the user wrote. */
  readonly written: string;
  /** As in `from the command line`. */
  readonly sourceText: string;
  /** The end of the message, such as a suggestion; may be empty. */
  readonly hint: string;
}

type Files = Pick<ConfigHost, 'isFile' | 'readText'>;

/** `main` of the package in a folder, as `node .` runs it; undefined when there is none. */
async function packageMain(folder: string, { readText }: Files): Promise<string | undefined> {
  try {
    const manifest = JSON.parse(await readText(join(folder, 'package.json'))) as unknown;
    const main: unknown = typeof manifest === 'object' && manifest !== null && 'main' in manifest && manifest.main;
    return typeof main === 'string' ? join(folder, main) : undefined;
  } catch {
    return undefined;
  }
}

function isFolder(path: string, { readText }: Files): Promise<boolean> {
  return readText(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'EISDIR',
  );
}

/**
 * The file that a script path means: itself, with an extension, or what a folder's package names. Symbolic links are
 * not followed, so a deployment that switches a link is picked up by the next reload. Throws ERR_SCRIPT_NOT_FOUND.
 */
export async function findScript({ path, written, sourceText, hint }: AskedScript, files: Files): Promise<string> {
  const main = await packageMain(path, files);
  const starts =
    main === undefined ? [path, join(path, 'index')] : [path, main, join(main, 'index'), join(path, 'index')];
  for (const candidate of starts.flatMap((start) => SUFFIXES.map((suffix) => start + suffix))) {
    if (await files.isFile(candidate)) return candidate;
  }
  const where = path === written ? '' : `: ${path}`;
  const why = (await isFolder(path, files))
    ? 'a folder without an index.js, and without a package.json whose main exists'
    : 'no such file';
  throw new ReuseportError('ERR_SCRIPT_NOT_FOUND', `script ${written}: ${why}${where} (${sourceText})${hint}`, {
    fields: { path },
  });
}
