/** `npm run bench [-- options]`, `npm run bench:promises`, `bench:steering` and `bench:micro`: builds what is missing, then measures. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBenchTools } from '../bench/build-tools.mjs';
import { ensureSetup, root } from './lib/setup.mjs';

const [first, ...others] = process.argv.slice(2);
const part = ['micro', 'promises', 'steering', 'handover'].includes(first ?? '') ? first : undefined;

await ensureSetup();
if (part !== 'micro') ensureBenchTools((line) => process.stderr.write(`setup: ${line}\n`));

const program = join(root, 'dist', 'bench', ...(part === undefined ? ['main.js'] : [part, 'main.js']));
const child = spawn(process.execPath, [program, ...(part === undefined ? process.argv.slice(2) : others)], {
  stdio: 'inherit',
});
// A Ctrl-C reaches the whole foreground group; here it must only not end us before the child has cleaned up.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => (process.exitCode = code ?? 1));
