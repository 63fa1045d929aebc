/** Which files belong to a program, for `--watch`. */
import { dirname, extname, join, relative, sep } from 'node:path';

/** What Node loads, or a program reads as it starts. What it writes while it runs has other names, or makes a reload each time. */
const WATCHED = new Set(['.js', '.mjs', '.cjs', '.jsx', '.ts', '.mts', '.cts', '.tsx', '.json', '.node', '.wasm']);

/** The nearest folder above the script that has a package.json, else the script's own. */
export function programFolder(script: string, isFile: (path: string) => boolean): string {
  const own = dirname(script);
  for (let folder = own; ; folder = dirname(folder)) {
    if (isFile(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) return own;
  }
}

/** Files of other kinds, what is in node_modules, and whatever begins with a dot. */
export function isIgnored(folder: string, path: string, isFile: boolean): boolean {
  const parts = relative(folder, path).split(sep);
  if (parts.some((part) => part === 'node_modules' || (part.startsWith('.') && part !== '.'))) return true;
  return isFile && !WATCHED.has(extname(path));
}
