/**
 * `npm run packed`: the tarball as somebody else gets it. Builds the binaries for this machine, packs the tree, installs it
 * in an empty folder with npm and no install script, and there serves a program; then without the binaries, which must say
 * what to do, does that, and runs the smallest experiment. Before that, the tests of the package, with each TypeScript. Prints
 * each step with its time; exits 1 with what a step said when it fails. Takes some minutes, of which the compiler has most.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSetup, root } from './lib/setup.mjs';
import { ensureTypescripts } from './lib/typescripts.mjs';

const STEP_DEADLINE_MS = 580_000;
const SERVER =
  "require('node:http').createServer((request, response) => response.end('served')).listen(0, '127.0.0.1');\n";

/**
 * @param {string} what
 * @param {string} cwd
 * @param {string} command
 * @param {string[]} args
 */
function step(what, cwd, command, args) {
  const began = performance.now();
  try {
    // Sockets of services in the folder that goes, and no binary but those of the package.
    const env = { ...process.env, XDG_RUNTIME_DIR: cwd, REUSEPORT_ADDON: '' };
    const options = /** @type {const} */ ({ cwd, env, encoding: 'utf8', stdio: 'pipe', timeout: STEP_DEADLINE_MS });
    const output = execFileSync(command, args, options);
    process.stdout.write(`${what}: ${((performance.now() - began) / 1_000).toFixed(1)} s\n`);
    return output;
  } catch (error) {
    const { stdout = '', stderr = '' } = /** @type {{ stdout?: string, stderr?: string }} */ (error);
    throw new Error(`${what} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** The tests of the package, some of which are skipped where this has not made what they need. */
function test() {
  process.env['REUSEPORT_TYPESCRIPTS'] = ensureTypescripts();
  const files = ['types', 'figures', 'publint', 'install'].map(
    (name) => `dist/test/integration/package-${name}.test.js`,
  );
  const report = step('tests', root, process.execPath, ['--test', '--test-reporter=tap', ...files]);
  if (!/^# skipped 0$/m.test(report)) throw new Error(`a test was skipped:\n${report}`);
}

/** @param {string} folder @param {string[]} words */
const reuseport = (folder, ...words) => step(words.join(' '), folder, 'npx', ['--no-install', 'reuseport', ...words]);

/** @param {string} folder */
function install(folder) {
  const said = step('pack', root, 'npm', ['pack', '--json', '--pack-destination', folder]);
  // After what its scripts say.
  const [packed] = JSON.parse(said.slice(said.search(/^\[$/m)));
  writeFileSync(join(folder, 'package.json'), '{ "name": "somebody-else", "private": true }\n');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
  step(`install ${packed.filename}`, folder, 'npm', ['install', ...options, join(folder, packed.filename)]);
  const modules = join(folder, 'node_modules');
  const files = readdirSync(modules, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0);
  const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'));
  const megabytes = `${(packed.size / 1e6).toFixed(1)} MB packed, ${(bytes / 1e6).toFixed(1)} MB installed`;
  process.stdout.write(`${megabytes}, ${Object.keys(packages).length} packages\n`);
}

/** The README's quick start. @param {string} folder */
async function serve(folder) {
  writeFileSync(join(folder, 'server.js'), SERVER);
  reuseport(folder, 'server.js', '--daemon', '--log-file', 'server.log', '--name', 'packed');
  try {
    const { listeners } = JSON.parse(reuseport(folder, 'status', '--json', '--name', 'packed'));
    const answer = await fetch(`http://127.0.0.1:${listeners[0].port}/`);
    if ((await answer.text()) !== 'served') throw new Error('another answer than that of the program');
  } finally {
    reuseport(folder, 'stop', '--name', 'packed');
  }
}

/** What is told where there is no binary leads to one. @param {string} folder */
function compile(folder) {
  rmSync(join(folder, 'node_modules', 'reuseport', 'prebuilds'), { recursive: true });
  let told = 'nothing';
  try {
    reuseport(folder, 'check');
  } catch (error) {
    told = /** @type {Error} */ (error).message;
  }
  const [, remedy] = /ERR_ADDON_MISSING: .*No native build was found.*Compile it with `([^`]+)`/.exec(told) ?? [];
  if (remedy === undefined) throw new Error(`without a binary it says ${told}`);
  const [command = '', ...args] = remedy.split(' ');
  step(remedy, folder, command, args);
  reuseport(folder, 'check');
}

/** @param {string} folder */
function bench(folder) {
  const words = ['bench', 'stall', '--quick', '--seconds', '0.5', '--rivals', 'hash', '--json'];
  const [{ samples, skipped }] = JSON.parse(reuseport(folder, ...words)).scenarios;
  if (samples.length === 0) throw new Error(`nothing was measured: ${JSON.stringify(skipped)}`);
  const report = readFileSync(join(folder, 'bench-results', 'report.html'), 'utf8');
  process.stdout.write(`${samples[0].completed} requests measured; the report has ${report.length} characters\n`);
}

await ensureSetup();
const folder = mkdtempSync(join(tmpdir(), 'reuseport-packed-'));
try {
  process.stdout.write(step('prebuilds', root, process.execPath, ['scripts/prebuild.mjs', '--here']));
  test();
  install(folder);
  process.stdout.write(reuseport(folder, '--version'));
  await serve(folder);
  compile(folder);
  bench(folder);
} catch (error) {
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
