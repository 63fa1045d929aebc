/** Programs that are taken when they are installed; where they are not, what of Debian's packages would bring them. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ReuseportError } from '../src/errors.js';

const INSTALL_DEADLINE_MS = 600_000;
const ASK_DEADLINE_MS = 10_000;
/** Servers lie where not every user's PATH leads. */
const MORE_FOLDERS = ['/usr/local/sbin', '/usr/sbin'];
const UWSGI_PYTHON = '/usr/lib/uwsgi/plugins/python3_plugin.so';

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function inPath(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':').filter((folder) => folder !== ''), ...MORE_FOLDERS];
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

/** Gunicorn, when the Python that runs it has gevent too. */
function gunicornWithGevent(): string | undefined {
  const gunicorn = inPath('gunicorn');
  if (gunicorn === undefined) return undefined;
  const [, python = '', ...more] = /^#!\s*(\S+)(?: +(\S+))?/.exec(readFileSync(gunicorn, 'utf8')) ?? [];
  const words = [...more.filter((word) => word !== undefined), '-c', 'import gevent'];
  return spawnSync(python, words, { stdio: 'ignore', timeout: ASK_DEADLINE_MS }).status === 0 ? gunicorn : undefined;
}

interface DebianTool {
  /** None: Debian does not have it. */
  packages: readonly string[];
  /** The program; undefined: not all of it is there. */
  find: () => string | undefined;
}

const tools = {
  nginx: { packages: ['nginx-light'], find: () => inPath('nginx') },
  gunicorn: { packages: ['gunicorn'], find: () => inPath('gunicorn') },
  'gunicorn with gevent': { packages: ['gunicorn', 'python3-gevent'], find: gunicornWithGevent },
  'uwsgi with Python': {
    packages: ['uwsgi-core', 'uwsgi-plugin-python3'],
    find: () => (existsSync(UWSGI_PYTHON) ? (inPath('uwsgi') ?? inPath('uwsgi-core')) : undefined),
  },
  wrk: { packages: ['wrk'], find: () => inPath('wrk') },
  h2load: { packages: ['nghttp2-client'], find: () => inPath('h2load') },
  oha: { packages: [], find: () => inPath('oha') },
} as const satisfies Readonly<Record<string, DebianTool>>;

export type ToolName = keyof typeof tools;

const packagesOf = (name: ToolName): readonly string[] => tools[name].packages;

/** Where the program is; or a sentence that says how to get it. */
export function findTool(name: ToolName): { file: string } | string {
  const file = tools[name].find();
  if (file !== undefined) return { file };
  const packages = packagesOf(name).join(' ');
  const how =
    packages === '' ? 'no package of Debian' : `Debian: apt-get install ${packages}; as root --install does it`;
  return `${name} is not installed (${how})`;
}

/** Debian's packages that those among the programs lack which are not there. */
export function missingPackages(names: readonly ToolName[]): string[] {
  return [...new Set(names.filter((name) => typeof findTool(name) === 'string').flatMap(packagesOf))];
}

function aptGet(...words: string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status, stderr, error } = spawnSync('apt-get', words, {
    encoding: 'utf8',
    timeout: INSTALL_DEADLINE_MS,
    env,
  });
  if (status === 0) return;
  const said = error?.message ?? stderr.trim().split('\n').slice(-5).join('\n');
  throw new ReuseportError('ERR_BENCH_TOOLS', `bench: apt-get ${words.join(' ')} failed: ${said}`);
}

/** @throws ReuseportError with code ERR_BENCH_TOOLS. */
export function installPackages(packages: readonly string[], say: (line: string) => void): void {
  if (packages.length === 0) return;
  if (process.getuid?.() !== 0) {
    const message = `bench: --install needs root. Run this as root, then the command again: apt-get install ${packages.join(' ')}`;
    throw new ReuseportError('ERR_BENCH_TOOLS', message);
  }
  say(`installing ${packages.join(', ')}`);
  aptGet('update', '-qq');
  aptGet('install', '-y', '-qq', '--no-install-recommends', ...packages);
}
