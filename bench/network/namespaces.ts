/** Two network namespaces of this process; their names tell whose they are, so that a later run finds what was left. */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';

const run = promisify(execFile);
const DEADLINE_MS = 10_000;
const PREFIX = 'reuseport-bench';
const FOLDER = '/run/netns';
let made = 0;

export interface NamespacePair {
  client: string;
  server: string;
  /** Idempotent; for every way out, also an exit handler. */
  remove(): void;
}

export async function ip(...args: string[]): Promise<void> {
  await run('ip', args, { timeout: DEADLINE_MS });
}

/** Runs a command in the namespace without a changed view of the file system (`ip netns exec` remounts /sys). */
export function inNamespace(name: string): string[] {
  return ['nsenter', `--net=${FOLDER}/${name}`];
}

/** A sentence why there can be none here, or undefined. */
export function whyNoNamespaces(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const missing = ['ip', 'nsenter'].find((tool) => spawnSync(tool, ['--version']).error !== undefined);
  return missing === undefined ? undefined : `${missing} is not installed (Debian: iproute2, util-linux)`;
}

export async function createNamespaces(): Promise<NamespacePair> {
  const base = nextName();
  const pair = { client: `${base}-client`, server: `${base}-server` };
  return { ...pair, remove: await create([pair.client, pair.server]) };
}

/** One namespace with nothing but its loopback device. */
export async function createNamespace(): Promise<{ name: string; remove: () => void }> {
  const name = `${nextName()}-alone`;
  return { name, remove: await create([name]) };
}

function nextName(): string {
  return `${PREFIX}-${process.pid}-${made++}`;
}

/** Returns what removes them; idempotent. */
async function create(names: readonly string[]): Promise<() => void> {
  removeLeftOver();
  const remove = (): void => {
    process.off('exit', remove);
    for (const name of names) removeNamespace(name);
  };
  process.on('exit', remove);
  try {
    for (const name of names) {
      await ip('netns', 'add', name);
      await ip('-n', name, 'link', 'set', 'lo', 'up');
    }
  } catch (error) {
    remove();
    throw error;
  }
  return remove;
}

function removeNamespace(name: string): void {
  if (existsSync(`${FOLDER}/${name}`)) spawnSync('ip', ['netns', 'del', name], { timeout: DEADLINE_MS });
}

/** Its server and loads: nothing else runs in a namespace that only such a run knew. */
function endProcessesIn(name: string): void {
  const { stdout } = spawnSync('ip', ['netns', 'pids', name], { timeout: DEADLINE_MS, encoding: 'utf8' });
  for (const pid of stdout.split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // it has ended in the meantime
    }
  }
}

/** Those of runs that were killed before they could remove theirs. */
function removeLeftOver(): void {
  if (!existsSync(FOLDER)) return;
  for (const name of readdirSync(FOLDER)) {
    const pid = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    endProcessesIn(name);
    removeNamespace(name);
  }
}
