/**
 * Two single files, because reading a hundred small ones is most of a start: the command, and the bootstrap that every
 * worker preloads (CommonJS, so that `--require` takes it without changing how Node loads the program).
 */
import { join } from 'node:path';
import { build } from 'esbuild';

/** @param {string} root */
export async function bundle(root) {
  const shared = /** @type {const} */ ({ bundle: true, platform: 'node', target: 'node20.19', logLevel: 'warning' });
  const out = join(root, 'dist', 'bundle');
  await build({
    ...shared,
    entryPoints: { cli: join(root, 'src', 'cli', 'main.ts') },
    outdir: out,
    format: 'esm',
    splitting: true,
    external: ['pino', 'node-gyp-build'],
  });
  await build({
    ...shared,
    entryPoints: { bootstrap: join(root, 'src', 'worker', 'bootstrap.ts') },
    outdir: out,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    external: ['srvx'],
    // The addon's path is handed to a worker, so the code that searches for it is never reached there.
    logOverride: { 'empty-import-meta': 'silent' },
  });
}
