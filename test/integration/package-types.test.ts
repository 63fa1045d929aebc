// The types that come with the package, as programs of others see them: ES modules and CommonJS, by each way of resolution.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';

import { temporaryFolder } from '../helpers/cli.js';
import { fillProject } from '../helpers/package.js';
import { root } from '../helpers/reuseport.js';

/** Where `npm run packed` has installed those that are not the project's own; it takes too long for every run of all tests. */
const others = process.env['REUSEPORT_TYPESCRIPTS'];
const COMPILERS = [
  ['5.9', others === undefined ? null : join(others, 'typescript-5.9')],
  ['6', others === undefined ? null : join(others, 'typescript-6')],
  ['7', root],
] as const;

const USE = `
const options: ListenOptions = { address: '127.0.0.1', port: 0 };
export type Policy = Choose;
export async function start(): Promise<number> {
  const server = createServer();
  await listen(server, options);
  onDrain(() => void server.close());
  return slot ?? -1;
}
// @ts-expect-error a port is a number
export const refused = (): Promise<unknown> => listen(createServer(), { address: '127.0.0.1', port: '80' });
`;

const PROGRAMS = {
  static: `
import { createServer } from 'node:http';
import { listen, type ListenOptions } from 'reuseport';
import type { Choose } from 'reuseport/program';
import { onDrain, slot } from 'reuseport/worker';
`,
  require: `
import { createServer } from 'node:http';
import reuseport = require('reuseport');
import worker = require('reuseport/worker');
import type { Choose } from 'reuseport/program';
import type { ListenOptions } from 'reuseport';
const { listen } = reuseport;
const { onDrain, slot } = worker;
`,
};

/** By module system: the files of a program, and what compiles them. */
const WAYS = [
  { module: 'nodenext', files: ['esm.mts', 'cjs.cts'] },
  { module: 'node20', resolution: 'node16', files: ['esm.mts', 'cjs.cts'] },
  // Of a Node that could not require an ES module.
  { module: 'node16', files: ['esm.mts', 'later.cts'] },
  { module: 'preserve', resolution: 'bundler', files: ['plain.ts'] },
];

const folder = temporaryFolder();
before(async () => {
  await fillProject(folder, { prebuilt: true });
  mkdirSync(join(folder, 'node_modules', '@types'));
  symlinkSync(join(root, 'node_modules', '@types', 'node'), join(folder, 'node_modules', '@types', 'node'));
  writeFileSync(join(folder, 'esm.mts'), PROGRAMS.static + USE);
  writeFileSync(join(folder, 'plain.ts'), PROGRAMS.static + USE);
  writeFileSync(join(folder, 'cjs.cts'), PROGRAMS.require + USE);
  const later =
    "export const later = async (): Promise<number> => (await import('reuseport')).StatePage.create().fd;\n";
  writeFileSync(join(folder, 'later.cts'), later);
});

for (const [version, home] of COMPILERS) {
  const tsc = join(home ?? '', 'node_modules', 'typescript', 'bin', 'tsc');
  const skip = home === null ? `npm run packed tries TypeScript ${version}` : false;
  for (const { module, resolution = module, files } of WAYS) {
    test(`TypeScript ${version} takes ${files.join(' and ')} with module ${module}`, { skip }, async () => {
      const words = ['--module', module, '--moduleResolution', resolution, '--target', 'es2022', '--types', 'node'];
      const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes'];
      const outcome = await new Promise((resolve) => {
        execFile(process.execPath, [tsc, ...strict, ...words, ...files], { cwd: folder }, (error, stdout) => {
          resolve({ code: error?.code ?? 0, stdout });
        });
      });
      assert.deepEqual(outcome, { code: 0, stdout: '' });
    });
  }
}
