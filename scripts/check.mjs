/** `npm run check`: format, lint, types and unit tests, in a few seconds. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { runChecks } from './lib/checks.mjs';
import { ensureSetup, root } from './lib/setup.mjs';

await ensureSetup();
const failed = runChecks();
if (!process.argv.includes('--no-tests')) {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'test.mjs'), 'unit/'], { stdio: 'inherit' });
  if (status !== 0) failed.push('unit tests');
}
if (failed.length > 0) {
  process.stderr.write(`failed: ${failed.join(', ')}\n`);
  process.exit(1);
}
