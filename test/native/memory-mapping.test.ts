import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { addon, noBpf } from './kernel-support.js';
import { assertSystemError, childAnswer, keepsDescriptors, noPython, python } from './support.js';

const bytes = 16_384;

test('two mappings of one memfd show the same memory, also when the descriptor is closed', () =>
  keepsDescriptors(() => {
    const fd = addon.createMemfd('test-page', bytes);
    const [left, right] = [new Uint32Array(addon.mapShared(fd, bytes)), new Uint32Array(addon.mapShared(fd, bytes))];
    addon.close(fd);
    assert.equal(left.byteLength, bytes);
    assert.deepEqual(new Set(left), new Set([0]));
    left[1000] = 4711;
    assert.equal(right[1000], 4711);
  }));

test('another process sees what is written into the memory', async () => {
  const fd = addon.createMemfd('test-page', bytes);
  const words = new Uint32Array(addon.mapShared(fd, bytes));
  words[7] = 99;
  assert.equal(await childAnswer('memory-exchange', [], { fds: [fd] }), 99);
  assert.equal(words[8], 100);
  addon.close(fd);
});

test('a memfd is close-on-exec and cannot be made smaller', { skip: noPython }, () => {
  const fd = addon.createMemfd('test-page', bytes);
  assert.match(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'), /^flags:\s+02\d{6}$/m);
  const shrink =
    'import os\ntry:\n  os.ftruncate(3, 4096)\n  print("shrunk")\nexcept PermissionError:\n  print("sealed")';
  assert.equal(python(shrink, [fd]), 'sealed');
  addon.close(fd);
});

test('a mapping that would reach beyond the memory is refused, not a later SIGBUS', () =>
  keepsDescriptors(() => {
    const fd = addon.createMemfd('test-page', 4096);
    assertSystemError(() => addon.mapShared(fd, bytes), {
      code: 'EINVAL',
      errno: 22,
      syscall: 'mmap',
      subject: `16384 bytes of fd ${fd}`,
    });
    addon.close(fd);
  }));

test('an mmapable map and its elements are the same memory', { skip: noBpf }, () =>
  keepsDescriptors(() => {
    const fd = addon.bpfCreateMap({ type: 'array', keyBytes: 4, valueBytes: bytes, maxEntries: 1, mmapable: true });
    const view = new Uint8Array(addon.mapShared(fd, bytes));
    view[77] = 5;
    assert.equal(addon.bpfLookup(fd, Buffer.alloc(4), bytes)?.[77], 5);
    assertSystemError(() => addon.mapShared(fd, 2 * bytes), {
      code: 'EINVAL',
      errno: 22,
      syscall: 'mmap',
      subject: `32768 bytes of fd ${fd}`,
    });
    addon.close(fd);
  }),
);

test('wrong arguments and descriptors are told by name', () => {
  assert.throws(() => addon.createMemfd('a\0b', 1), { name: 'RangeError', message: /^name: expected/ });
  assert.throws(() => addon.createMemfd('a', 0), { name: 'RangeError', message: /^bytes: expected/ });
  assert.throws(() => addon.mapShared(-1, 1), { name: 'RangeError', message: /^fd: expected/ });
  assertSystemError(() => addon.mapShared(999_999, 1), {
    code: 'EBADF',
    errno: 9,
    syscall: 'fstat',
    subject: 'fd 999999',
  });
});

test('the memory of a collected buffer is unmapped', async () => {
  const { before, after } = (await childAnswer('memory-collect', [], { nodeArguments: ['--expose-gc'] })) as {
    before: number;
    after: number;
  };
  assert.deepEqual({ before, after }, { before: 50, after: 0 });
});

test('monotonicNs is the clock of process.hrtime', () => {
  const before = process.hrtime.bigint();
  const now = addon.monotonicNs();
  const after = process.hrtime.bigint();
  assert.ok(before <= now && now <= after, `${before} ${now} ${after}`);
});
