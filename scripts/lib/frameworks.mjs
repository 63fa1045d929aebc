// Installs and builds what test/frameworks needs, and only when its sources have changed: each step leaves a stamp (a
// hash of its inputs) in the folder that it fills, so that the stamp goes when the folder goes.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const frameworks = path.join(root, 'test/frameworks');

/** The name of a stamp file; test/integration/frameworks-installed.ts reads them too. */
const STAMP = '.reuseport-stamp';

/** Next.js compiles with 2 cores in about 15 s; a hung download or compiler must not hang the caller. */
const STEP_TIMEOUT_MS = 10 * 60_000;

/**
 * @typedef {{ name: string, folder: string, inputs: string[], output: string, command: string[], scratch?: string }} Step
 *   `scratch`: a folder that the command leaves behind and nothing needs
 */

/** @returns {Step} `npm ci` in a folder that has its own lock file. */
function installation(/** @type {string} */ folder) {
  return {
    name: `npm ci in ${folder}`,
    folder,
    inputs: ['package-lock.json'],
    output: 'node_modules',
    command: ['npm', 'ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'],
  };
}

/** @type {Step[]} */
const STEPS = [
  installation('.'),
  {
    name: 'compile nest',
    folder: 'nest',
    inputs: ['src', 'tsconfig.json', '../package-lock.json'],
    output: 'dist',
    command: [process.execPath, path.join(root, 'node_modules/typescript/bin/tsc'), '-p', '.'],
  },
  {
    name: 'build sveltekit',
    folder: 'sveltekit',
    inputs: ['src', 'svelte.config.js', 'vite.config.js', '../package-lock.json'],
    output: 'build',
    command: [process.execPath, '../node_modules/vite/bin/vite.js', 'build', '--logLevel', 'error'],
    scratch: '.svelte-kit',
  },
];

/** @type {Step[]} */
const NEXT_STEPS = [
  installation('next'),
  {
    name: 'build next',
    folder: 'next',
    inputs: ['app', 'next.config.js', 'package-lock.json'],
    output: '.next',
    command: [process.execPath, 'node_modules/next/dist/bin/next', 'build'],
  },
];

/** @returns {string[]} the files below `entry` (or `entry` itself, when it is a file), sorted. */
function filesOf(/** @type {string} */ entry) {
  if (!existsSync(entry)) return [];
  const children = readdirSync(path.dirname(entry), { withFileTypes: true });
  const isFolder = children.some((child) => child.isDirectory() && child.name === path.basename(entry));
  if (!isFolder) return [entry];
  return readdirSync(entry, { recursive: true, withFileTypes: true })
    .filter((child) => child.isFile())
    .map((child) => path.join(child.parentPath, child.name))
    .toSorted();
}

/** @returns {string} a hash of the step's command and of the names and bytes of its inputs. */
function hashOf(/** @type {Step} */ step) {
  const command = step.command.slice(1).map((word) => (path.isAbsolute(word) ? path.relative(root, word) : word));
  const hash = createHash('sha256').update(command.join('\0'));
  for (const input of step.inputs) {
    for (const file of filesOf(path.join(frameworks, step.folder, input))) {
      hash.update(`\0${path.relative(frameworks, file)}\0`).update(readFileSync(file));
    }
  }
  return hash.digest('hex');
}

/** @returns {boolean} whether the step had to be done. */
function bringUpToDate(/** @type {Step} */ step) {
  const cwd = path.join(frameworks, step.folder);
  const stamp = path.join(cwd, step.output, STAMP);
  const hash = hashOf(step);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return false;

  const [command = '', ...args] = step.command;
  const run = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: STEP_TIMEOUT_MS,
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
  });
  if (run.error !== undefined || run.status !== 0) {
    const reason = run.error?.message ?? `exit code ${run.status ?? run.signal}`;
    throw new Error(`frameworks: ${step.name}: ${reason}\n${run.stdout ?? ''}\n${run.stderr ?? ''}`, {
      cause: run.error,
    });
  }
  if (step.scratch !== undefined) rmSync(path.join(cwd, step.scratch), { recursive: true, force: true });
  writeFileSync(stamp, hash);
  return true;
}

/**
 * Installs the frameworks of test/frameworks and builds those that need it, if that has not been done yet for the
 * present lock files and sources. The first time takes about a minute on 2 cores and 90 MB; Next.js adds 340 MB.
 *
 * @param {{ next?: boolean, log?: (line: string) => void }} [options] `next: false` leaves Next.js out (its tests are
 *   then skipped by name).
 * @returns {string[]} the names of the steps that had to be done.
 * @throws an Error with the output of the step that failed.
 */
export function ensureFrameworks({ next = true, log = () => {} } = {}) {
  const steps = next ? [...STEPS, ...NEXT_STEPS] : STEPS;
  return steps
    .filter((step) => {
      const done = bringUpToDate(step);
      if (done) log(`frameworks: ${step.name}: done`);
      return done;
    })
    .map((step) => step.name);
}
