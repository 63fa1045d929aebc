/** The package as npm packs it, unpacked into an empty folder: what an install makes, without asking a registry. */
import { execFile } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { companionOf } from '../../src/native/companions.js';
import { addonPath } from '../../src/native/load.js';
import { root } from './reuseport.js';

const run = promisify(execFile);

export interface Packed {
  filename: string;
  unpackedSize: number;
  files: { path: string; size: number; mode: number }[];
}

/** What `npm pack` says: of a tarball in that folder, or of the one that there would be. */
export async function pack(folder: string | null): Promise<Packed> {
  const where = folder === null ? ['--dry-run'] : ['--pack-destination', folder];
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', ...where], { cwd: root });
  const [packed] = JSON.parse(stdout) as [Packed];
  return packed;
}

interface Lock {
  packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean; peer?: boolean }>;
}

/** Folders in node_modules of what an installation brings along, by the lock file. */
export function dependencyFolders(): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  return Object.entries(lock.packages)
    .filter(([path, { dev, devOptional, peer }]) => path !== '' && !(dev ?? devOptional ?? peer ?? false))
    .map(([path]) => path);
}

/** The addon of this checkout, under the names that a prebuilt one has. */
function placePrebuilt(home: string): void {
  const { glibcVersionRuntime } = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header;
  const libc = glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  const folder = join(home, 'prebuilds', `linux-${process.arch}`);
  rmSync(join(home, 'prebuilds'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const addon = join(folder, `reuseport.${libc}.node`);
  copyFileSync(addonPath(), addon);
  for (const name of ['reuseport-run-as', 'reuseport-init']) {
    copyFileSync(companionOf(addonPath(), name), companionOf(addon, name));
  }
}

let tarball: Promise<string> | undefined;

/** Makes an empty folder somebody's project that has the package in its node_modules; returns where that is. */
export async function fillProject(folder: string, { prebuilt }: { prebuilt: boolean }): Promise<string> {
  writeFileSync(join(folder, 'package.json'), '{ "name": "somebody-else", "private": true }\n');
  const modules = join(folder, 'node_modules');
  tarball ??= pack(folder).then(({ filename }) => join(folder, filename));
  mkdirSync(modules);
  await run('tar', ['-xzf', await tarball, '-C', modules]);
  const home = join(modules, 'reuseport');
  await run('mv', [join(modules, 'package'), home]);
  for (const path of dependencyFolders()) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(join(root, path), join(folder, path));
  }
  if (prebuilt) placePrebuilt(home);
  else rmSync(join(home, 'prebuilds'), { recursive: true, force: true });
  return home;
}

/** Bytes of the files below. */
export function sizeOf(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0);
}
