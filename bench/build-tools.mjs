/** Builds the executables that only the benchmarks need: load generator, C++ rival, delay line, a socket option from outside. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { headersOption } from '../scripts/lib/setup.mjs';

const root = join(import.meta.dirname, '..');
const targets = ['loadgen', 'c-epoll-server', 'delay-line', 'defer-accept'];

/** @param {string} file */
function changedAtMs(file) {
  return existsSync(file) ? statSync(file).mtimeMs : 0;
}

function isFresh() {
  const sources = ['load', 'rivals', 'network']
    .flatMap((folder) => readdirSync(join(root, 'bench', folder)).map((name) => join(root, 'bench', folder, name)))
    .filter((file) => /\.(cpp|hpp)$/.test(file));
  const built = Math.min(...targets.map((target) => changedAtMs(join(root, 'build', 'Release', target))));
  return built > 0 && sources.every((file) => changedAtMs(file) <= built);
}

/**
 * Compiles them if they are missing or older than their sources. The addon in the same build folder is left as it is.
 * @param {(line: string) => void} say
 */
export function ensureBenchTools(say = () => {}) {
  if (isFresh()) return;
  say('bench tools');
  const gyp = join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const configure = [gyp, 'configure', '--release', ...headersOption(), '--', '-Dbench=1'];
  /** @type {import('node:child_process').ExecFileSyncOptions} */
  const options = { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 };
  try {
    execFileSync(process.execPath, configure, options);
    execFileSync('make', ['-C', 'build', 'BUILDTYPE=Release', ...targets], options);
    // make leaves those alone whose own sources are unchanged; here each stands for all.
    for (const target of targets) utimesSync(join(root, 'build', 'Release', target), new Date(), new Date());
  } catch (error) {
    const { stderr } = /** @type {{ stderr?: Buffer }} */ (error);
    throw new Error(`building ${targets.join(' and ')} failed:\n${stderr ?? ''}`, { cause: error });
  }
  if (!isFresh()) throw new Error(`building ${targets.join(' and ')}: make succeeded, yet they are not there`);
}
