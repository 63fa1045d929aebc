/** The checks that need no test: format, lint, types. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const bin = (/** @type {string} */ name) => join(root, 'node_modules', '.bin', name);
const nativeFolders = ['core', 'binding', 'launcher', 'init', 'portable', 'test'].map((name) => `native/${name}`);
const nativeSources = [...nativeFolders, 'include', 'bench/load', 'bench/network', 'bench/rivals', 'examples/pinned']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
  .filter((file) => /\.(c|cc|cpp|h|hpp)$/.test(file));

/** Each: a name, a command, and its arguments. @type {[string, string, string[]][]} */
export const checks = [
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['format of C++', 'clang-format', ['--dry-run', '--Werror', ...nativeSources]],
  ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings']],
  ['types', bin('tsc'), ['--noEmit', '-p', root]],
  // What runs in a browser has a browser's types.
  ['types of the dashboard', bin('tsc'), ['-p', join(root, 'src', 'observe', 'dashboard', 'page')]],
];

export const formatters = [
  [bin('prettier'), ['--write', '--log-level', 'warn', '.']],
  ['clang-format', ['-i', ...nativeSources]],
];

/** Runs the checks and returns the names of those that failed. A tool that is not installed is said, not passed over. */
export function runChecks() {
  const failed = [];
  for (const [name, command, args] of checks) {
    const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
    if (error !== undefined) {
      process.stdout.write(`${name}: skipped, ${command} is not installed (Debian: apt-get install clang-format)\n`);
      if (process.env['CI'] === 'true') failed.push(name);
    } else {
      process.stdout.write(`${name}: ${status === 0 ? 'ok' : 'FAILED'}\n`);
      if (status !== 0) failed.push(name);
    }
  }
  return failed;
}
