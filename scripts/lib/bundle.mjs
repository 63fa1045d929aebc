/**
 * Single files. The command, and the bootstrap that every worker preloads: reading a hundred small files is most of a start.
 * Both CommonJS: the bootstrap so that `--require` takes it without changing how Node loads the program, the command because
 * Node starts it faster, which every start of a service pays for. And the lab's report, with as much of its charting library
 * as it uses: nobody who serves needs all of that. And the dashboard's page, as a browser takes it.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * The licences of what is within the bundles: a copy of each has to go with them.
 * @param {string} root
 * @param {Iterable<string>} inputs
 */
export function licences(root, inputs) {
  /** @type {Set<string>} */
  const folders = new Set();
  for (const input of inputs) {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
    if (folder !== undefined) folders.add(folder);
  }
  return [...folders]
    .toSorted((a, b) => a.localeCompare(b))
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      const file = readdirSync(join(root, folder)).find((each) => /^licen[cs]e/i.test(each));
      if (file === undefined)
        throw new Error(`${name} ${version} (${license}) has no licence file: it cannot be bundled`);
      return `${name} ${version} (${license})\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
    });
}

/** @param {string} root */
export async function bundle(root) {
  const out = join(root, 'dist', 'bundle');
  const shared = /** @type {const} */ ({
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    outdir: out,
    legalComments: 'eof',
    minifySyntax: true,
    minifyWhitespace: true,
  });
  /** @type {Set<string>} */
  const inputs = new Set();
  const built = async (/** @type {import('esbuild').BuildOptions} */ options) => {
    const { metafile } = await build({ ...options, metafile: true });
    for (const input of Object.keys(metafile?.inputs ?? {})) inputs.add(input);
  };
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'package.json'), '{ "type": "commonjs" }\n');
  await built({
    ...shared,
    entryPoints: { cli: join(root, 'src', 'cli', 'main.ts') },
    external: ['node-gyp-build', 'chokidar'],
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl=require('node:url').pathToFileURL(__filename).href;" },
  });
  await built({
    ...shared,
    entryPoints: { bootstrap: join(root, 'src', 'worker', 'bootstrap.ts') },
    outExtension: { '.js': '.cjs' },
    external: ['srvx'],
    // The addon's path is handed to a worker, so the code that searches for it is never reached there.
    logOverride: { 'empty-import-meta': 'silent' },
  });
  await built({
    ...shared,
    entryPoints: { hooks: join(root, 'src', 'hooks', 'thread.ts') },
  });
  await built({
    ...shared,
    format: 'esm',
    entryPoints: { top: join(root, 'src', 'top', 'top.ts') },
    outExtension: { '.js': '.mjs' },
  });
  await built({
    ...shared,
    format: 'esm',
    entryPoints: { 'lab-report': join(root, 'bench', 'lab', 'report-entry.ts') },
    outExtension: { '.js': '.mjs' },
  });
  const page = join(root, 'src', 'observe', 'dashboard', 'page');
  await built({
    ...shared,
    platform: 'browser',
    minify: true,
    // Browsers of 2023, by what they can.
    target: ['es2022', 'chrome115', 'firefox115', 'safari16.4'],
    format: 'esm',
    entryPoints: { app: join(page, 'app.ts'), style: join(page, 'style.css') },
    outdir: join(out, 'dashboard'),
  });
  for (const name of ['index.html', 'icon.svg']) copyFileSync(join(page, name), join(out, 'dashboard', name));
  writeFileSync(join(out, 'LICENSES.txt'), licences(root, inputs).join(`\n${'-'.repeat(80)}\n\n`));
}
