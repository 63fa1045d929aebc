// What docs/packaging.md tells of an installation is what it brings.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

import { dependencyFolders, pack, sizeOf } from '../helpers/package.js';
import { root } from '../helpers/reuseport.js';

const text = readFileSync(join(root, 'docs', 'packaging.md'), 'utf8');
const rowOf = (what: string): string => new RegExp(`^\\| ${what}.*\\|$`, 'm').exec(text)?.[0] ?? assert.fail(what);

/** Versions move on, and figures are rounded. */
function assertAbout(what: string, bytes: number): void {
  const told = Number(/([\d.]+) MB/.exec(rowOf(what))?.[1]);
  const megabytes = bytes / 1e6;
  assert.ok(Math.abs(told - megabytes) <= 0.05 + megabytes * 0.15, `${what}: ${told} MB told, ${megabytes} MB found`);
}

test('the packages are those, and as many', () => {
  const row = rowOf('packages: ');
  const names = dependencyFolders().map((path) => basename(path));
  const [, told = '', count] = /packages: (.*?) +\| (\d+)/.exec(row) ?? [];
  assert.deepEqual(told.split(', ').toSorted(), ['reuseport', ...names].toSorted());
  assert.equal(Number(count), names.length + 1);
});

test('the sizes are about those', async () => {
  const { files } = await pack(null);
  const own = files.filter(({ path }) => !path.startsWith('prebuilds/')).reduce((sum, { size }) => sum + size, 0);
  assertAbout('reuseport, without', own);
  assertAbout(
    'the other packages',
    dependencyFolders().reduce((sum, path) => sum + sizeOf(join(root, path)), 0),
  );
});

const machine = `linux-${process.arch}`;
const prebuilt = join(root, 'prebuilds', machine);
const noPrebuilt = existsSync(prebuilt) ? false : `prebuilds/${machine} is not built: npm run packed does it`;

test('the binaries for one kind of machine are as large as told', { skip: noPrebuilt }, () => {
  const sizes = new Map<string, number>();
  for (const name of readdirSync(prebuilt)) {
    const libc = /\.(glibc|musl)(\.node)?$/.exec(name)?.[1] ?? assert.fail(name);
    sizes.set(libc, (sizes.get(libc) ?? 0) + statSync(join(prebuilt, name)).size);
  }
  for (const bytes of sizes.values()) assertAbout('binaries for', bytes);
});
