/**
 * `npm run prebuilds`: the binaries that go into the package, into prebuilds/, for each machine that this one can build
 * for; says what the others take. `-- --here` is for a machine like this one only. `-- --complete` builds nothing and fails
 * unless all are there and of the present sources: `npm publish` asks that.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { licences } from './lib/bundle.mjs';
import { needsOf, newest, tooNew } from './lib/elf-needs.mjs';
import { filesOf, nameOf, TARGETS, toolsFor } from './lib/prebuild-targets.mjs';
import { digest, headersOption, root } from './lib/setup.mjs';

/** @typedef {import('./lib/prebuild-targets.mjs').Target} Target */

const SOURCES = ['binding.gyp', 'native', 'node_modules/node-addon-api/package.json'];
const prebuilds = join(root, 'prebuilds');
const record = join(prebuilds, 'built-from.json');

/** @returns {Target} */
function thisMachine() {
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  const libc = header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  return { arch: /** @type {Target['arch']} */ (process.arch), libc };
}

/** @param {string} command */
const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

/** What each is built from. @returns {Record<string, string>} */
const builtFrom = () => (existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : {});

/** @param {Target} target */
function isFresh(target) {
  const areThere = filesOf(target).every(([, file = '']) => existsSync(join(prebuilds, file)));
  return areThere && builtFrom()[nameOf(target)] === digest(SOURCES);
}

/** In a folder of its own, so that the build of the checkout stays as it is. @param {Target} target @param {string} prefix */
function compile(target, prefix) {
  const folder = join(root, '.setup', 'prebuild', nameOf(target));
  rmSync(join(folder, 'native'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of ['binding.gyp', 'native']) {
    cpSync(join(root, name), join(folder, name), { recursive: true, preserveTimestamps: true });
  }
  const tools = prefix === '' ? {} : { CC: `${prefix}gcc`, CXX: `${prefix}g++`, AR: `${prefix}ar` };
  const env = { ...process.env, ...tools, LDFLAGS: '-s' };
  const options = /** @type {const} */ ({ cwd: folder, env, stdio: 'pipe', maxBuffer: 64 * 1024 * 1024 });
  const gyp = join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const portable = target.libc === 'glibc' ? ['--', '-Dportable=1'] : [];
  const configure = [gyp, 'configure', '--release', `--arch=${target.arch}`, ...headersOption(), ...portable];
  execFileSync(process.execPath, configure, options);
  execFileSync('make', ['-C', 'build', 'BUILDTYPE=Release', `-j${availableParallelism()}`], options);
  return join(folder, 'build', 'Release');
}

/** Refuses what would not load where Node itself does. @param {string} file */
function checkNeeds(file) {
  const needs = needsOf(file);
  const refused = tooNew(needs).map(({ symbol, family, version }) => `${symbol} of ${family}_${version}`);
  if (refused.length > 0) throw new Error(`${file} needs ${refused.join(', ')}: see native/portable`);
  return Object.entries(newest(needs)).map(([family, version]) => `${family}_${version}`);
}

/** @param {Target} target @param {string} prefix */
function make(target, prefix) {
  const built = compile(target, prefix);
  for (const [from = '', to = ''] of filesOf(target)) {
    const needs = target.libc === 'glibc' ? checkNeeds(join(built, from)) : [];
    const file = join(prebuilds, to);
    mkdirSync(dirname(file), { recursive: true });
    copyFileSync(join(built, from), file);
    chmodSync(file, 0o755);
    process.stdout.write(`${to}${needs.length > 0 ? `: needs at most ${needs.join(', ')}` : ''}\n`);
  }
  writeFileSync(record, `${JSON.stringify({ ...builtFrom(), [nameOf(target)]: digest(SOURCES) }, null, 2)}\n`);
  // Its headers are compiled in.
  writeFileSync(join(prebuilds, 'LICENSES.txt'), licences(root, ['node_modules/node-addon-api']).join('\n'));
}

const here = thisMachine();
if (process.argv.includes('--complete')) {
  const missing = TARGETS.filter((target) => !isFresh(target)).map(nameOf);
  if (missing.length > 0) {
    process.stderr.write(`prebuilds/ lacks ${missing.join(', ')}, or has them of other sources: npm run prebuilds\n`);
    process.exitCode = 1;
  }
} else {
  const wanted = process.argv.includes('--here')
    ? TARGETS.filter((target) => nameOf(target) === nameOf(here))
    : TARGETS;
  for (const target of wanted) {
    const tools = toolsFor(target, here, has);
    if (isFresh(target)) process.stdout.write(`${nameOf(target)}: there\n`);
    else if ('prefix' in tools) make(target, tools.prefix);
    else process.stdout.write(`${nameOf(target)}: not built, ${tools.missing}\n`);
  }
}
