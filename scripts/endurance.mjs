/** `npm run endurance [-- options]`: builds what is missing, then replaces, kills and stops everything under load. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBenchTools } from '../bench/build-tools.mjs';
import { ensureSetup, root } from './lib/setup.mjs';

const args = process.argv.slice(2);
await ensureSetup();
ensureBenchTools((line) => process.stderr.write(`setup: ${line}\n`));

const child = spawn(process.execPath, [join(root, 'dist', 'bench', 'endurance', 'main.js'), ...args], {
  stdio: 'inherit',
});
// A Ctrl-C reaches the whole foreground group; here it must only not end us before the child has cleaned up.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => (process.exitCode = code ?? 1));
