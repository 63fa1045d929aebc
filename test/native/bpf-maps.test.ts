import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { addon, answer, listenerGroup, noBpf, sockarrayOf, u32, u64 } from './kernel-support.js';
import { assertSystemError, keepsDescriptors, listenOn } from './support.js';

const array = { type: 'array', keyBytes: 4, valueBytes: 8, maxEntries: 4, name: 'counts' } as const;

test('an array gives back what was stored, and its maps are close-on-exec', { skip: noBpf }, () =>
  keepsDescriptors(() => {
    const fd = addon.bpfCreateMap(array);
    assert.match(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'), /^flags:\s+02\d{6}$/m);
    addon.bpfUpdate(fd, u32(3), u64(4711));
    assert.deepEqual(addon.bpfLookup(fd, u32(3), 8), u64(4711));
    assert.deepEqual(addon.bpfLookup(fd, u32(0), 8), u64(0));
    assert.equal(addon.bpfLookup(fd, u32(4), 8), null);
    addon.close(fd);
  }),
);

test('a sockarray takes a listener once, and a free slot has no value', { skip: noBpf }, () =>
  keepsDescriptors(() => {
    const group = listenerGroup(2);
    const map = sockarrayOf(group);
    assert.notEqual(addon.bpfLookup(map, u32(1), 8), null);
    assert.equal(addon.bpfLookup(map, u32(2), 8), null);
    assertSystemError(() => addon.bpfUpdate(map, u32(5), u64(group.fds[0] ?? -1)), {
      code: 'EBUSY',
      errno: 16,
      syscall: 'bpf',
      subject: `MAP_UPDATE_ELEM fd ${map}`,
    });
    addon.bpfDelete(map, u32(1));
    assert.equal(addon.bpfLookup(map, u32(1), 8), null);
    assertSystemError(() => addon.bpfDelete(map, u32(1)), {
      code: 'ENOENT',
      errno: 2,
      syscall: 'bpf',
      subject: `MAP_DELETE_ELEM fd ${map}`,
    });
    group.close();
    addon.close(map);
  }),
);

test('a slot of a sockarray empties itself when its last descriptor closes', { skip: noBpf }, () =>
  keepsDescriptors(() => {
    const group = listenerGroup(1);
    const map = sockarrayOf(group);
    const copy = addon.dup(group.fds[0] ?? -1);
    group.close();
    assert.notEqual(addon.bpfLookup(map, u32(0), 8), null);
    addon.close(copy);
    assert.equal(addon.bpfLookup(map, u32(0), 8), null);
    addon.close(map);
  }),
);

test('a map tells what it is, and what is none is refused', { skip: noBpf }, () =>
  keepsDescriptors(() => {
    const page = addon.bpfCreateMap({ type: 'array', keyBytes: 4, valueBytes: 4096, maxEntries: 1, mmapable: true });
    const sockets = addon.bpfCreateMap({ type: 'reuseport-sockarray', keyBytes: 4, valueBytes: 8, maxEntries: 7 });
    const { id, ...facts } = addon.bpfMapInfo(page);
    assert.ok(id > 0);
    assert.deepEqual(facts, { type: 'array', keyBytes: 4, valueBytes: 4096, maxEntries: 1, mmapable: true });
    const { id: other, ...rest } = addon.bpfMapInfo(sockets);
    assert.notEqual(other, id);
    assert.deepEqual(rest, {
      type: 'reuseport-sockarray',
      keyBytes: 4,
      valueBytes: 8,
      maxEntries: 7,
      mmapable: false,
    });
    const program = addon.bpfLoadReuseport({ instructions: answer(1) });
    const listener = listenOn();
    for (const [fd, code] of [
      [program, 'EINVAL'],
      [listener.fd, 'EINVAL'],
      [999_999, 'EBADFD'],
    ] as const) {
      assert.throws(() => addon.bpfMapInfo(fd), { code, syscall: 'bpf', subject: `OBJ_GET_INFO_BY_FD fd ${fd}` });
    }
    for (const fd of [page, sockets, program, listener.fd]) addon.close(fd);
  }),
);

test('a socket that does not listen is refused', { skip: noBpf }, () =>
  keepsDescriptors(() => {
    const bound = addon.bindTcpListener({ address: '127.0.0.1', port: 0 });
    const map = addon.bpfCreateMap({ ...array, type: 'reuseport-sockarray' });
    assert.throws(() => addon.bpfUpdate(map, u32(0), u64(bound)), { code: 'EINVAL', syscall: 'bpf' });
    addon.close(bound);
    addon.close(map);
  }),
);

test('keys and values must have the sizes of the map', { skip: noBpf }, () =>
  keepsDescriptors(() => {
    const fd = addon.bpfCreateMap(array);
    assert.throws(() => addon.bpfUpdate(fd, Buffer.alloc(3), u64(1)), {
      name: 'RangeError',
      message: 'key: expected 4 bytes, got 3',
    });
    assert.throws(() => addon.bpfUpdate(fd, u32(0), u32(1)), {
      name: 'RangeError',
      message: 'value: expected 8 bytes, got 4',
    });
    assert.throws(() => addon.bpfLookup(fd, u32(0), 4), {
      name: 'RangeError',
      message: 'valueBytes: expected 8, the value size of the map, got 4',
    });
    assert.throws(() => addon.bpfDelete(fd, u64(0)), { name: 'RangeError' });
    addon.close(fd);
  }),
);

test('each call on a map that fails leaves no descriptor, 100 times', { skip: noBpf }, () => {
  const { fd: listener } = listenOn();
  const failing = [
    () => addon.bpfCreateMap({ ...array, keyBytes: 5 }),
    () => addon.bpfCreateMap({ ...array, type: 'reuseport-sockarray', mmapable: true }),
    () => addon.bpfUpdate(999_999, u32(0), u64(0)),
    () => addon.bpfUpdate(listener, u32(0), u64(0)),
    () => addon.bpfLookup(999_999, u32(0), 8),
    () => addon.bpfDelete(999_999, u32(0)),
  ];
  return keepsDescriptors(() => {
    for (const action of failing) {
      for (let i = 0; i < 100; i++) assert.throws(action, { syscall: 'bpf' }, String(action));
    }
  }).finally(() => addon.close(listener));
});

test('wrong options are told by name', () => {
  const wrong: [unknown, string][] = [
    [{ ...array, type: 'hash' }, 'options.type'],
    [{ ...array, keyBytes: 0 }, 'options.keyBytes'],
    [{ ...array, valueBytes: 1.5 }, 'options.valueBytes'],
    [{ ...array, maxEntries: 2 ** 32 }, 'options.maxEntries'],
    [{ ...array, name: 'sixteen-is-wrong' }, 'options.name'],
    [{ ...array, flags: 1 }, 'options.flags'],
    [{ ...array, mmapable: 1 }, 'options.mmapable'],
  ];
  for (const [options, name] of wrong) {
    assert.throws(
      () => addon.bpfCreateMap(options as typeof array),
      (error: Error) => error.message.startsWith(`${name}: `),
      name,
    );
  }
});
