/**
 * `npm run packed`: the tarball as somebody else gets it. Packs this tree, installs it in an empty folder with npm, and there
 * runs the smallest experiment, which compiles the load generator first. Prints each step with its time; exits 1
 * with what a step said when it fails. Takes a minute, of which the compiler has most.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureSetup, root } from './lib/setup.mjs';

const STEP_DEADLINE_MS = 580_000;

/**
 * @param {string} what
 * @param {string} cwd
 * @param {string} command
 * @param {string[]} args
 */
function step(what, cwd, command, args) {
  const began = performance.now();
  try {
    const options = /** @type {const} */ ({ cwd, encoding: 'utf8', stdio: 'pipe', timeout: STEP_DEADLINE_MS });
    const output = execFileSync(command, args, options);
    process.stdout.write(`${what}: ${((performance.now() - began) / 1_000).toFixed(1)} s\n`);
    return output;
  } catch (error) {
    const { stdout = '', stderr = '' } = /** @type {{ stdout?: string, stderr?: string }} */ (error);
    throw new Error(`${what} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** @param {string} folder */
function tryPackage(folder) {
  const [packed] = JSON.parse(
    step('pack', root, 'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]),
  );
  writeFileSync(join(folder, 'package.json'), '{ "name": "somebody-else", "private": true }\n');
  step(`install ${packed.filename}`, folder, 'npm', [
    'install',
    '--no-audit',
    '--no-fund',
    join(folder, packed.filename),
  ]);
  process.stdout.write(step('version', folder, 'npx', ['--no-install', 'reuseport', '--version']));
  const words = [
    '--no-install',
    'reuseport',
    'bench',
    'stall',
    '--quick',
    '--seconds',
    '0.5',
    '--rivals',
    'hash',
    '--json',
  ];
  const result = JSON.parse(step('bench stall', folder, 'npx', words));
  const [{ samples, skipped }] = result.scenarios;
  if (samples.length === 0) throw new Error(`nothing was measured: ${JSON.stringify(skipped)}`);
  const report = readFileSync(join(folder, 'bench-results', 'report.html'), 'utf8');
  process.stdout.write(`${samples[0].completed} requests measured; the report has ${report.length} characters\n`);
}

await ensureSetup();
const folder = mkdtempSync(join(tmpdir(), 'reuseport-packed-'));
try {
  tryPackage(folder);
} catch (error) {
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
