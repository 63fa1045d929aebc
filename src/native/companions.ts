import { basename, dirname, join } from 'node:path';

/**
 * A program that lies beside the addon, which is built with it: of `reuseport.node` the one of that name, and of a prebuilt
 * `reuseport.glibc.node` the one with the same tags, `reuseport-init.glibc`.
 */
export function companionOf(addonPath: string, name: string): string {
  const tags = /\.(.+)\.node$/.exec(basename(addonPath))?.[1];
  return join(dirname(addonPath), tags === undefined ? name : `${name}.${tags}`);
}
