import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inProject } from './paths.js';

const run = promisify(execFile);
const INSTALL_DEADLINE_MS = 180_000;

export interface NodeBinary {
  file: string;
  /** As `process.versions.node`: without the v. */
  version: string;
}

/** `net.Server`'s `reusePort` option came with 22.12 (and 23.1); before, it is ignored without a word. */
export function knowsReusePort(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

export async function nodeBinary(file: string): Promise<NodeBinary> {
  const { stdout } = await run(file, ['-p', 'process.versions.node'], { timeout: 10_000 });
  return { file, version: stdout.trim() };
}

/** npm carries real Node binaries as packages; this one lands in a folder that git ignores. */
async function install(folder: string, major: number): Promise<void> {
  const platform = `node-linux-${process.arch}`;
  await mkdir(folder, { recursive: true });
  const args = ['install', '--prefix', folder, '--no-save', '--ignore-scripts', `${platform}@${major}`];
  await run('npm', args, { timeout: INSTALL_DEADLINE_MS });
}

/** The newest release of a major version: this one, an installed one, or one from npm. */
export async function nodeOfMajor(major: number): Promise<NodeBinary> {
  if (process.versions.node.startsWith(`${major}.`)) return nodeBinary(process.execPath);
  const folder = inProject('.setup', `node-${major}`);
  const file = `${folder}/node_modules/node-linux-${process.arch}/bin/node`;
  if (!existsSync(file)) await install(folder, major);
  return nodeBinary(file);
}

/** Finds a Node that knows `reusePort`: the given one, an installed one, one from npm; else says why there is none. */
export async function nodeWithReusePort(usual: NodeBinary): Promise<NodeBinary | string> {
  if (knowsReusePort(usual.version)) return usual;
  try {
    const binary = await nodeOfMajor(22);
    return knowsReusePort(binary.version) ? binary : `Node ${binary.version} in ${binary.file} is older than 22.12`;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return `needs Node 22.12, and node-linux-${process.arch}@22 could not be installed: ${reason}`;
  }
}
