import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Addon } from './addon.js';

let cached: Addon | undefined;

/** What to do where there is no binary: the install script, by name, because npm runs none of a dependency unasked. */
export const COMPILE_IT =
  'Compile it with `npm explore reuseport -- npm run install` (`npm explore --global …` for a global one), which needs a ' +
  'compiler (Debian, Ubuntu: `apt-get install g++ make python3`; Alpine: `apk add g++ make python3 linux-headers`).';

/**
 * Loads the C++ addon, once per module instance: from {@link addonPath}.
 *
 * @throws Error with code `ERR_ADDON_MISSING` and the reason as `cause` when there is no binary or it does not load.
 */
export function loadAddon(): Addon {
  cached ??= open(addonPath());
  return cached;
}

/**
 * Absolute path of the addon's binary: the environment variable `REUSEPORT_ADDON` when it is set (the master hands it to
 * its workers), else a local build or the prebuilt one for this platform, as node-gyp-build finds it.
 *
 * @throws Error with code `ERR_ADDON_MISSING` when there is none.
 */
export function addonPath(): string {
  const given = process.env['REUSEPORT_ADDON'];
  if (given !== undefined && given !== '') {
    if (!isAbsolute(given)) {
      throw addonMissing(new Error(`REUSEPORT_ADDON: expected an absolute path, got '${given}'`));
    }
    return given;
  }
  try {
    // Lazily, because a CommonJS bundle of this file has no import.meta.url; there REUSEPORT_ADDON is always set.
    const here = import.meta.url;
    const gypBuild = createRequire(here)('node-gyp-build') as { path(directory: string): string };
    return gypBuild.path(packageRoot(fileURLToPath(here)));
  } catch (cause) {
    throw addonMissing(cause);
  }
}

function open(path: string): Addon {
  const module = { exports: {} };
  try {
    process.dlopen(module, path);
  } catch (cause) {
    throw addonMissing(cause);
  }
  return module.exports as Addon;
}

/** Compiled code lies deeper (dist/src/native) than its source (src/native), so the depth is not a constant. */
function packageRoot(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown };
      if (name === 'reuseport') return folder;
    }
  }
  throw new Error(`no package.json with the name "reuseport" above ${file}`);
}

function addonMissing(cause: unknown): Error {
  const reason = (cause instanceof Error ? cause.message : String(cause)).trim().replaceAll(/\s*\n\s*/g, '; ');
  const error = new Error(`The native addon of reuseport cannot be loaded: ${reason}. ${COMPILE_IT}`, { cause });
  return Object.assign(error, { code: 'ERR_ADDON_MISSING' });
}
