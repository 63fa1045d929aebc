/** The default name of a master. */

import { basename, dirname, join, parse } from 'node:path';

import { NAME_PATTERN } from './option-table.js';

const LONGEST_NAME = 64;

function packageName(text: string): string | undefined {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof manifest !== 'object' || manifest === null || !('name' in manifest)) return undefined;
  return typeof manifest.name === 'string' && manifest.name !== '' ? manifest.name : undefined;
}

/** Other characters become `-`; dots in front and everything past 64 characters go. */
export function sanitizeName(text: string): string {
  const name = text
    .replace(/[^A-Za-z0-9._@-]/g, '-')
    .replace(/^\.+/, '')
    .slice(0, LONGEST_NAME);
  return NAME_PATTERN.test(name) ? name : 'server';
}

/**
 * The name in the nearest package.json above the script, and the script's base name: `@acme/shop` and `server.js` make
 * `@acme-shop-server`. Without a package, or where it has no name, the folder's name stands in for it.
 * @param script absolute path
 * @param readText text of a file; any rejection counts as absent
 */
export async function defaultName(script: string, readText: (path: string) => Promise<string>): Promise<string> {
  const scriptFolder = dirname(script);
  let owner = basename(scriptFolder);
  for (let folder = scriptFolder; ; folder = dirname(folder)) {
    const text = await readText(join(folder, 'package.json')).catch(() => undefined);
    if (text !== undefined) {
      owner = packageName(text) ?? basename(folder);
      break;
    }
    if (folder === dirname(folder)) break;
  }
  const base = parse(script).name;
  return sanitizeName(owner === '' ? base : `${owner}-${base}`);
}
