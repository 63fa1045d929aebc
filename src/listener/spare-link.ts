import { linkSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Name of the second, hidden link to the socket at `path`: see SocketFile. */
export function spareOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.reuseport`);
}

/**
 * Makes that link. At once after bind(2): the next worker's program may remove the file any moment. Not every file system
 * has hard links: then there is no way back for the file.
 */
export function makeSpare(path: string): void {
  const spare = spareOf(path);
  try {
    rmSync(spare, { force: true });
    linkSync(path, spare);
  } catch {
    return;
  }
}
