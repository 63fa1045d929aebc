/** `npm run bench [-- words and options]`: the lab, `reuseport bench`. `npm run bench:<part>`: the other benchmarks. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBenchTools } from '../bench/build-tools.mjs';
import { ensureSetup, root } from './lib/setup.mjs';

const dist = join(root, 'dist');
/** By part: its program. @type {Record<string, string>} */
const parts = {
  contrast: join(dist, 'bench', 'main.js'),
  micro: join(dist, 'bench', 'micro', 'main.js'),
  promises: join(dist, 'bench', 'promises', 'main.js'),
  steering: join(dist, 'bench', 'steering', 'main.js'),
  handover: join(dist, 'bench', 'handover', 'main.js'),
  uws: join(dist, 'bench', 'uws', 'main.js'),
};

const [first = '', ...others] = process.argv.slice(2);
const program = Object.hasOwn(parts, first) ? parts[first] : undefined;

await ensureSetup();
if (first !== 'micro') ensureBenchTools((line) => process.stderr.write(`setup: ${line}\n`));

const lab = [join(dist, 'bundle', 'cli.js'), 'bench', ...process.argv.slice(2)];
const words = program === undefined ? lab : [program, ...others];
const child = spawn(process.execPath, words, { stdio: 'inherit' });
// A Ctrl-C reaches the whole foreground group; here it must only not end us before the child has cleaned up.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => (process.exitCode = code ?? 1));
