/** Packages that only this comparison needs, in folders of .setup/ that git ignores. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { nodeOfMajor } from '../node-binary.js';
import { inProject } from '../paths.js';
import type { Installed } from './rivals.js';

const run = promisify(execFile);
const DEADLINE_MS = 300_000;
/** Watt 3 asks for 22.19. */
const WATT_NODE = 22;

/** The folder that has them in its node_modules; or why not. */
async function installed(name: string, packages: readonly string[]): Promise<{ folder: string } | string> {
  const folder = inProject('.setup', name);
  const [first = ''] = packages.map((one) => one.replace(/@[^@]*$/, ''));
  if (existsSync(path.join(folder, 'node_modules', first, 'package.json'))) return { folder };
  await mkdir(folder, { recursive: true });
  const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  try {
    await run('npm', ['install', '--prefix', folder, ...options, ...packages], { timeout: DEADLINE_MS });
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

export function installPm2(): Promise<Installed['pm2']> {
  return installed('pm2', ['pm2@7']);
}

export async function installRivals(wanted: (name: string) => boolean): Promise<Installed> {
  const pm2 = wanted('pm2') ? await installPm2() : 'not asked for';
  const watt = wanted('watt') ? await installWatt() : 'not asked for';
  return { pm2, watt };
}

async function installWatt(): Promise<Installed['watt']> {
  const found = await installed('watt', ['wattpm@3', '@platformatic/node@3']);
  if (typeof found === 'string') return found;
  try {
    const major = Number(process.versions.node.split('.')[0]);
    return { ...found, node: await nodeOfMajor(Math.max(major, WATT_NODE)) };
  } catch (error) {
    return `needs Node ${WATT_NODE}: ${(error as Error).message.split('\n')[0]}`;
  }
}
