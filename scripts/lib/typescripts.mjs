/** The versions of TypeScript that the package's types are checked with, beside the one that compiles it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** test/integration/package-types.test.ts names them, too. */
const VERSIONS = ['5.9', '6'];

/** Installs those that are missing, and returns the folder that they are in. */
export function ensureTypescripts() {
  for (const version of VERSIONS) {
    const folder = join(root, '.setup', `typescript-${version}`);
    if (existsSync(join(folder, 'node_modules', 'typescript', 'bin', 'tsc'))) continue;
    mkdirSync(folder, { recursive: true });
    const options = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    execFileSync('npm', ['install', '--prefix', folder, ...options, `typescript@${version}`], { stdio: 'pipe' });
  }
  return join(root, '.setup');
}
