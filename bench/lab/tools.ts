/** The programs of the lab that are not JavaScript. A checkout builds them with its addon; an installed package here. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { ReuseportError } from '../../src/errors.js';
import { deferAcceptFile, delayLineFile, epollServerFile, inProject, loadgenFile } from '../paths.js';

const BUILD_DEADLINE_MS = 300_000;
const COMPILERS = ['g++', 'clang++', 'c++'];

interface Tool {
  file: string;
  sources: () => string[];
}

const tools: readonly Tool[] = [
  {
    file: loadgenFile,
    sources: () =>
      readdirSync(inProject('bench', 'load'))
        .filter((name) => name.endsWith('.cpp'))
        .map((name) => inProject('bench', 'load', name)),
  },
  { file: epollServerFile, sources: () => [inProject('bench', 'rivals', 'c-epoll-server.cpp')] },
  {
    file: delayLineFile,
    sources: () => [inProject('bench', 'network', 'delay-line.cpp'), inProject('bench', 'load', 'histogram.cpp')],
  },
  { file: deferAcceptFile, sources: () => [inProject('bench', 'network', 'defer-accept.cpp')] },
];

function findCompiler(): string {
  const found = COMPILERS.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (found !== undefined) return found;
  const message =
    'bench: its load generator must be compiled once, and there is no C++ compiler. Install one (Debian, Ubuntu: ' +
    'apt-get install g++), and run the command again.';
  throw new ReuseportError('ERR_BENCH_TOOLS', message);
}

function build({ file, sources }: Tool, compiler: string): void {
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
  } catch (cause) {
    const reason = (cause as Error).message;
    const message = `bench: ${path.basename(file)} cannot be built: ${reason}. Run the command once as the owner of that folder.`;
    throw new ReuseportError('ERR_BENCH_TOOLS', message, { cause });
  }
  const args = ['-std=c++20', '-O2', '-o', unfinished, ...sources()];
  const { status, stderr, error } = spawnSync(compiler, args, { encoding: 'utf8', timeout: BUILD_DEADLINE_MS });
  if (status !== 0) {
    const said = error?.message ?? stderr.trim().split('\n').slice(-10).join('\n');
    const message = `bench: ${compiler} could not build ${file}. It needs C++20 (g++ 10 or newer) and write access:\n${said}`;
    throw new ReuseportError('ERR_BENCH_TOOLS', message);
  }
  renameSync(unfinished, file);
}

/** Compiles what is missing. @throws ReuseportError with code ERR_BENCH_TOOLS. */
export function ensureTools(say: (line: string) => void): void {
  const missing = tools.filter(({ file }) => !existsSync(file));
  if (missing.length === 0) return;
  const compiler = findCompiler();
  say(`building ${missing.map(({ file }) => path.basename(file)).join(', ')} (once)`);
  for (const tool of missing) build(tool, compiler);
}
