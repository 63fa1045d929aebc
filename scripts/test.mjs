/** `npm test`: sets up what is missing, then runs every test, or those whose path contains one of the words given. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBenchTools } from '../bench/build-tools.mjs';
import { ensureFrameworks } from './lib/frameworks.mjs';
import { ensureSetup, root } from './lib/setup.mjs';

const words = process.argv.slice(2);
await ensureSetup();
if (words.length === 0 || words.some((word) => 'bench chaos endurance lab'.includes(word))) ensureBenchTools();
if (words.length === 0 || words.some((word) => 'frameworks'.includes(word))) ensureFrameworks();
if (words.includes('lab-rivals')) {
  // Hundreds of packages, and a Node of their own: only for who asks. Elsewhere those tests are skipped by name.
  const { installAutocannon, installRivals } = await import('../dist/bench/install.js');
  await installRivals(() => true);
  await installAutocannon();
}

// `node --test <folder>` means different things in Node 20 and 22, so it gets files.
const files = ['unit', 'native', 'property', 'integration']
  .flatMap((kind) => readdirSync(join(root, 'dist', 'test', kind)).map((name) => join('dist', 'test', kind, name)))
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
if (files.length === 0) {
  process.stderr.write(`no test file matches ${words.join(', ')}\n`);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'reuseport-test-'));
const failed = join(folder, 'failed');
const reporters = [
  [process.stdout.isTTY ? 'spec' : 'tap', 'stdout'],
  [join(root, 'scripts', 'lib', 'failed-tests.mjs'), failed],
].flatMap(([reporter, to]) => [`--test-reporter=${reporter}`, `--test-reporter-destination=${to}`]);
// Each starts several processes: two files already take all of two processors.
const concurrency = Math.max(2, Math.floor(availableParallelism() / 2));
const args = ['--test', `--test-concurrency=${concurrency}`, '--test-timeout=120000', ...reporters, ...files];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
// After everything else, where a reader looks first.
process.stdout.write(readFileSync(failed, 'utf8'));
rmSync(folder, { recursive: true });
process.exitCode = status ?? 1;
