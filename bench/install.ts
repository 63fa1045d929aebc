/** Packages from npm that only comparisons need, in folders of .setup/ that git ignores. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { nodeOfMajor } from './node-binary.js';
import type { NodeBinary } from './node-binary.js';
import { inProject } from './paths.js';

const run = promisify(execFile);
const DEADLINE_MS = 300_000;
const AUTOCANNON = ['autocannon@8'];
const PM2 = ['pm2@7'];
const WATT = ['wattpm@3', '@platformatic/node@3'];
/** Watt 3 asks for 22.19. */
const WATT_NODE = 22;

export interface Installed {
  /** Folders that have them in node_modules; or why they could not be installed. */
  pm2: { folder: string } | string;
  watt: { folder: string; node: NodeBinary } | string;
}

const manifestOf = (folder: string, name: string): string => path.join(folder, 'node_modules', name, 'package.json');

export function installedVersion(folder: string, name: string): string {
  return (JSON.parse(readFileSync(manifestOf(folder, name), 'utf8')) as { version: string }).version;
}

/** In a folder of its own first: two processes may do so at a time, and each may be interrupted. */
async function install(folder: string, packages: readonly string[]): Promise<void> {
  const unfinished = `${folder}.${process.pid}.tmp`;
  await mkdir(unfinished, { recursive: true });
  try {
    const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    await run('npm', ['install', '--prefix', unfinished, ...options, ...packages], { timeout: DEADLINE_MS });
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Where those packages are, once the first of them is. */
function folderOf(name: string, [first = '']: readonly string[]): { folder: string; isThere: boolean } {
  const folder = inProject('.setup', name);
  return { folder, isThere: existsSync(manifestOf(folder, first.replace(/@[^@]*$/, ''))) };
}

/** The folder that has them in its node_modules; or why not. */
async function installed(name: string, packages: readonly string[]): Promise<{ folder: string } | string> {
  const { folder, isThere } = folderOf(name, packages);
  if (isThere) return { folder };
  try {
    await install(folder, packages);
    return { folder };
  } catch (error) {
    return `${packages.join(', ')} could not be installed: ${(error as Error).message.split('\n')[0]}`;
  }
}

/** The module `ws`; or why it cannot be had. */
export async function installWs(): Promise<{ module: string } | string> {
  const found = await installed('ws', ['ws@8']);
  return typeof found === 'string' ? found : { module: path.join(found.folder, 'node_modules', 'ws') };
}

/** Its Node first: where Watt is, its Node is. */
async function installWatt(): Promise<Installed['watt']> {
  const major = Number(process.versions.node.split('.')[0]);
  try {
    const node = await nodeOfMajor(Math.max(major, WATT_NODE));
    const found = await installed('watt', WATT);
    return typeof found === 'string' ? found : { ...found, node };
  } catch (error) {
    return `needs Node ${WATT_NODE}: ${(error as Error).message.split('\n')[0]}`;
  }
}

export function installAutocannon(): Promise<{ folder: string } | string> {
  return installed('autocannon', AUTOCANNON);
}

export async function installRivals(wanted: (name: string) => boolean): Promise<Installed> {
  const pm2 = wanted('pm2') ? await installed('pm2', PM2) : 'not asked for';
  const watt = wanted('watt') ? await installWatt() : 'not asked for';
  return { pm2, watt };
}

const missing = (packages: readonly string[]): string =>
  `${packages.join(', ')} is not installed: npm test -- lab-rivals does it`;

/** Installs nothing. */
export function presentAutocannon(): { folder: string } | string {
  const { folder, isThere } = folderOf('autocannon', AUTOCANNON);
  return isThere ? { folder } : missing(AUTOCANNON);
}

/** Installs nothing. */
export async function presentRivals(): Promise<Installed> {
  return {
    pm2: folderOf('pm2', PM2).isThere ? await installed('pm2', PM2) : missing(PM2),
    watt: folderOf('watt', WATT).isThere ? await installWatt() : missing(WATT),
  };
}
