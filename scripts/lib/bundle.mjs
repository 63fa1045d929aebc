/**
 * Single files. The command, and the bootstrap that every worker preloads: reading a hundred small files is most of a start.
 * Both CommonJS: the bootstrap so that `--require` takes it without changing how Node loads the program, the command because
 * Node starts it faster, which every start of a service pays for. And the lab's report, with as much of its charting library
 * as it uses: nobody who serves needs all of that.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** @param {string} root */
export async function bundle(root) {
  const out = join(root, 'dist', 'bundle');
  const shared = /** @type {const} */ ({
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    outdir: out,
    legalComments: 'eof',
    minifySyntax: true,
    minifyWhitespace: true,
  });
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'package.json'), '{ "type": "commonjs" }\n');
  await build({
    ...shared,
    entryPoints: { cli: join(root, 'src', 'cli', 'main.ts') },
    external: ['node-gyp-build', 'chokidar'],
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
  });
  await build({
    ...shared,
    entryPoints: { bootstrap: join(root, 'src', 'worker', 'bootstrap.ts') },
    outExtension: { '.js': '.cjs' },
    external: ['srvx'],
    // The addon's path is handed to a worker, so the code that searches for it is never reached there.
    logOverride: { 'empty-import-meta': 'silent' },
  });
  await build({
    ...shared,
    entryPoints: { hooks: join(root, 'src', 'hooks', 'thread.ts') },
  });
  await build({
    ...shared,
    format: 'esm',
    entryPoints: { 'lab-report': join(root, 'bench', 'lab', 'report-entry.ts') },
    outExtension: { '.js': '.mjs' },
    external: ['zod'],
  });
}
