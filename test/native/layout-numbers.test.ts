import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import * as layout from '../../src/state/layout.js';

const header = readFileSync(join(packageRoot(), 'native/core/state_layout.h'), 'utf8');

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The offsets that the compiler has proved, by the last part of their name. */
function assertedOffsets(type: string, line: string): Record<string, number> {
  const member = line === '' ? '' : `${line}\\.`;
  const found = header.matchAll(new RegExp(`offsetof\\(${type}, ${member}(\\w+)\\) == (\\d+)`, 'g'));
  return Object.fromEntries([...found].map(([, name = '', offset]) => [camel(name), Number(offset)]));
}

function constants(prefix: string): Record<string, number> {
  const found = header.matchAll(new RegExp(`constexpr \\w+ ${prefix}(\\w+) = (\\d+);`, 'g'));
  return Object.fromEntries([...found].map(([, name = '', value]) => [name, Number(value)]));
}

test('the offsets of a row are the same in C++ and TypeScript', () => {
  const row = ['kernel', 'worker', 'master'].map((line) => assertedOffsets('Row', line));
  assert.deepEqual(Object.assign({}, ...row), layout.ROW);
});

test('the offsets of the page are the same in C++ and TypeScript', () => {
  assert.deepEqual(assertedOffsets('StatePage', 'header'), layout.HEADER);
  assert.deepEqual(assertedOffsets('StatePage', 'kernel'), layout.KERNEL_PAGE);
  assert.deepEqual(assertedOffsets('StatePage', 'wake'), { watcherAsleep: layout.WATCHER_ASLEEP });
  assert.match(header, new RegExp(`offsetof\\(StatePage, rows\\) == ${layout.ROWS_START}\\)`));
  assert.match(header, new RegExp(`sizeof\\(Row\\) == ${layout.ROW_BYTES}\\)`));
});

test('the offsets of a group are the same in C++ and TypeScript', () => {
  assert.deepEqual(assertedOffsets('Group', ''), layout.GROUP_ENTRY);
  assert.match(header, new RegExp(`offsetof\\(StatePage, groups\\) == ${layout.GROUPS_START}\\)`));
  assert.match(header, new RegExp(`sizeof\\(Group\\) == ${layout.GROUP_BYTES}\\)`));
});

test('sizes and flags are the same in C++ and TypeScript', () => {
  assert.deepEqual(constants('k(?=PageBytes|MaxRows|MaxGroups)'), {
    PageBytes: layout.PAGE_BYTES,
    MaxRows: layout.MAX_ROWS,
    MaxGroups: layout.MAX_GROUPS,
  });
  const flags = Object.entries(layout.FLAG).map(([name, bit]) => [`${name[0]?.toUpperCase()}${name.slice(1)}`, bit]);
  assert.deepEqual(constants('kFlag'), Object.fromEntries(flags));
});

const cHeader = readFileSync(join(packageRoot(), 'include/reuseport.bpf.h'), 'utf8');

/** What the C compiler proves of a structure in the header for programs in C. */
function assertedInC(type: string): Record<string, number> {
  const found = cHeader.matchAll(new RegExp(`_Static_assert\\(offsetof\\(struct ${type}, (\\w+)\\) == (\\d+)`, 'g'));
  return Object.fromEntries([...found].map(([, name = '', offset]) => [camel(name), Number(offset)]));
}

function sizeInC(type: string): number {
  return Number(new RegExp(`_Static_assert\\(sizeof\\(struct ${type}\\) == (\\w+)`).exec(cHeader)?.[1]);
}

test('the header for programs in C has the same numbers', () => {
  assert.deepEqual(assertedInC('reuseport_row'), layout.ROW);
  assert.deepEqual(assertedInC('reuseport_group'), layout.GROUP_ENTRY);
  assert.deepEqual(assertedInC('reuseport_page'), {
    ...layout.HEADER,
    ...layout.KERNEL_PAGE,
    watcherAsleep: layout.WATCHER_ASLEEP,
    rows: layout.ROWS_START,
    groups: layout.GROUPS_START,
  });
  assert.equal(sizeInC('reuseport_row'), layout.ROW_BYTES);
  assert.equal(sizeInC('reuseport_group'), layout.GROUP_BYTES);
  const defined = Object.fromEntries(
    [...cHeader.matchAll(/#define REUSEPORT_(\w+) (\d+)$/gm)].map(([, name = '', value]) => [name, Number(value)]),
  );
  const flags = Object.entries(layout.FLAG).map(([name, bit]) => [name.toUpperCase(), bit]);
  assert.deepEqual(defined, {
    ...Object.fromEntries(flags),
    SLOTS: layout.MAX_ROWS,
    GROUPS: layout.MAX_GROUPS,
    PAGE_BYTES: layout.PAGE_BYTES,
  });
});
