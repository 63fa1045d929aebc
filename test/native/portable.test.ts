// What is compiled here needs nothing newer of the system than native/portable can do without: prebuilt binaries load wherever
// Node does. `npm run prebuilds` asks the same of the binaries themselves.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { companionOf } from '../../src/native/companions.js';
import { addonPath } from '../../src/native/load.js';
import { root } from '../helpers/reuseport.js';

interface Need {
  symbol: string;
  family: string;
  version: string;
}

interface ElfNeeds {
  BOUNDS: Record<string, string>;
  needsOf: (file: string) => Need[];
  tooNew: (needs: readonly Need[]) => Need[];
  newest: (needs: readonly Need[]) => Record<string, string>;
}

const script = pathToFileURL(join(root, 'scripts', 'lib', 'elf-needs.mjs')).href;
const { BOUNDS, needsOf, tooNew, newest } = (await import(script)) as ElfNeeds;

const header = readFileSync(join(root, 'native', 'portable', 'old_glibc.h'), 'utf8');
const lowered = new Set([...header.matchAll(/^REUSEPORT_FROM_GLIBC\((\w+),/gm)].map(([, name = '']) => name));
/** Defined in native/portable/*.cc. */
const replaced = new Set([
  '__libc_start_main',
  '__libc_single_threaded',
  'fstat',
  'fstat64',
  '_ZSt28__throw_bad_array_new_lengthv',
  '_ZNSt19_Sp_make_shared_tag5_S_eqERKSt9type_info',
]);

/** Later headers of glibc lead to later functions; prebuilt binaries are not made there. */
const NEWEST_TO_BUILD_WITH = 36;

function cannotTell(): string | false {
  const { glibcVersionRuntime } = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header;
  const minor = Number(glibcVersionRuntime?.split('.')[1]);
  if (!(minor <= NEWEST_TO_BUILD_WITH))
    return `prebuilt binaries are made with glibc 2.${NEWEST_TO_BUILD_WITH} or older`;
  return spawnSync('readelf', ['--version']).status === 0 ? false : 'needs readelf: apt-get install binutils';
}

const skip = cannotTell();
const files = [addonPath(), ...['reuseport-run-as', 'reuseport-init'].map((name) => companionOf(addonPath(), name))];

for (const file of files) {
  test(`what ${file.slice(root.length)} needs of a newer system is done without in a prebuilt one`, { skip }, () => {
    const needs = needsOf(file);
    assert.ok(needs.length > 5, `${needs.length} needs`);
    const left = tooNew(needs).filter(({ symbol }) => !lowered.has(symbol) && !replaced.has(symbol));
    assert.deepEqual(left, []);
  });
}

const need = (version: string): Need => ({ symbol: 'f', family: 'GLIBC', version });

test('versions are compared by their numbers', () => {
  assert.equal(BOUNDS['GLIBC'], '2.28');
  assert.deepEqual(tooNew(['2.9', '2.28', '2.28.1', '2.100', '3'].map(need)), ['2.28.1', '2.100', '3'].map(need));
  assert.equal(tooNew([{ ...need('2.0'), family: 'GLIBCXX' }]).length, 0);
  assert.deepEqual(newest(['2.9', '2.34', '2.17'].map(need)), { GLIBC: '2.34' });
});
