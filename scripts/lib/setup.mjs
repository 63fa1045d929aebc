/** Installs and builds what is missing or stale, and nothing else: what `npm start` and `npm test` begin with. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
const stamps = join(root, '.setup');

/** @param {{ quiet?: boolean }} [options] */
export async function ensureSetup({ quiet = false } = {}) {
  const say = quiet ? () => {} : (/** @type {string} */ line) => process.stderr.write(`setup: ${line}\n`);
  checkNode();
  mkdirSync(stamps, { recursive: true });
  step('packages', ['package.json', 'package-lock.json'], ['node_modules/.package-lock.json'], say, installPackages);
  const addon = ['binding.gyp', 'native', 'node_modules/node-addon-api/package.json'];
  const built = ['reuseport.node', 'reuseport-run-as', 'reuseport-init'].map((name) => `build/Release/${name}`);
  step('addon', addon, built, say, buildAddon);
  step('typescript', ['tsconfig.json', 'src', 'test', 'bench'], ['dist/src/index.js'], say, compile);
  const bundles = [
    'dist/bundle/cli.js',
    'dist/bundle/bootstrap.cjs',
    'dist/bundle/hooks.js',
    'dist/bundle/top.mjs',
    'dist/bundle/lab-report.mjs',
    'dist/bundle/dashboard/index.html',
    'dist/bundle/dashboard/icon.svg',
    'dist/bundle/dashboard/app.js',
    'dist/bundle/dashboard/style.css',
    'dist/bundle/LICENSES.txt',
  ];
  const sources = ['src', 'bench/lab', 'bench/report', 'scripts/lib/bundle.mjs', 'package.json', 'package-lock.json'];
  if (stale('bundle', sources, bundles)) {
    say('bundle');
    const { bundle } = await import('./bundle.mjs');
    await bundle(root);
    markFresh('bundle', sources);
  }
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Node ${process.versions.node} is too old: reuseport needs 20.19 or newer.`);
}

/**
 * @param {string} name
 * @param {string[]} inputs
 * @param {string[]} outputs
 * @param {(line: string) => void} say
 * @param {() => void} action
 */
function step(name, inputs, outputs, say, action) {
  if (!stale(name, inputs, outputs)) return;
  say(name);
  action();
  markFresh(name, inputs);
}

/** @param {string} name @param {string[]} inputs @param {string[]} outputs */
function stale(name, inputs, outputs) {
  const stamp = join(stamps, name);
  if (!existsSync(stamp) || !outputs.every((output) => existsSync(join(root, output)))) return true;
  return readFileSync(stamp, 'utf8') !== digest(inputs);
}

/** @param {string} name @param {string[]} inputs */
function markFresh(name, inputs) {
  writeFileSync(join(stamps, name), digest(inputs));
}

/** Of names and contents. @param {string[]} inputs */
export function digest(inputs) {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap((input) => filesOf(join(root, input))).toSorted()) {
    hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** Folders of what tests and benchmarks make beside the sources: a build in the middle of a test run would end it. */
const made = new Set(['node_modules', 'build', 'dist', 'results', '.next', '.svelte-kit']);

/** @param {string} path @returns {string[]} */
function filesOf(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !made.has(entry.name))
    .flatMap((entry) => filesOf(join(path, entry.name)));
}

function installPackages() {
  // Nothing that we depend on needs its install script; the addon is built below, with clearer messages.
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], 'installing packages');
}

function buildAddon() {
  needCompiler();
  const gyp = join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  run(process.execPath, [gyp, 'rebuild', '--release', ...headersOption()], 'building the addon');
}

/** Node's own headers, where they lie beside it, need no download. */
export function headersOption() {
  const prefix = join(dirname(realpathSync(process.execPath)), '..');
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
}

/** A missing tool is named with its Debian package, instead of a page of gyp output. */
function needCompiler() {
  const needed = { 'g++': ['g++', '--version'], make: ['make', '--version'], python3: ['python3', '--version'] };
  const missing = Object.entries(needed)
    .filter(([, [command = '', ...args]]) => spawnSync(command, args, { stdio: 'ignore' }).status !== 0)
    .map(([name]) => name);
  if (missing.length === 0) return;
  fail(
    `The native addon must be compiled, and ${missing.join(', ')} is missing.\n` +
      `On Debian and Ubuntu: apt-get install ${missing.join(' ')}`,
  );
}

function compile() {
  rmSync(join(root, 'dist', 'src'), { recursive: true, force: true });
  rmSync(join(root, 'dist', 'test'), { recursive: true, force: true });
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', root], 'compiling TypeScript');
}

/** @param {string} command @param {string[]} args @param {string} what */
function run(command, args, what) {
  try {
    execFileSync(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout?: Buffer, stderr?: Buffer }} */ (error);
    const log = join(stamps, 'failed.log');
    const text = `${stdout ?? ''}${stderr ?? ''}`;
    writeFileSync(log, text);
    fail(`${what} failed:\n${text.trimEnd().split('\n').slice(-25).join('\n')}\n(all of it: ${relative(root, log)})`);
  }
}

/** @param {string} message @returns {never} */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
