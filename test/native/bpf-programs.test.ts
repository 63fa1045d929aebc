import assert from 'node:assert/strict';
import { existsSync, readFileSync, statfsSync, unlinkSync } from 'node:fs';
import { test } from 'node:test';

import type { VerifierError } from '../../src/native/kernel-addon.js';
import { addon, answer, instruction, noBpf, select } from './kernel-support.js';
import { assertSystemError, childAnswer, keepsDescriptors, listenOn } from './support.js';

const BPF_FS_MAGIC = 0xcafe4a11;
const bpffs = '/sys/fs/bpf';
const noBpffs =
  noBpf || (existsSync(bpffs) && statfsSync(bpffs).type === BPF_FS_MAGIC ? false : `${bpffs} is not a mounted bpffs`);

/** Reason to skip what needs a user whom the kernel refuses. */
function notRefused(): string | false {
  if (process.getuid?.() !== 0) return 'only root can become another user';
  const disabled = readFileSync('/proc/sys/kernel/unprivileged_bpf_disabled', 'utf8').trim();
  return disabled === '0' ? 'this kernel allows bpf(2) to everybody' : false;
}

test('a program loads with a name, with and without migration, and is close-on-exec', { skip: noBpf }, () =>
  keepsDescriptors(() => {
    for (const migrate of [false, true]) {
      const fd = addon.bpfLoadReuseport({ instructions: answer(1), name: 'pass', migrate });
      assert.match(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'), /^flags:\s+02\d{6}$/m);
      const { id, runTimeNs, runCount } = addon.bpfProgramInfo(fd);
      assert.ok(id > 0);
      assert.deepEqual({ runTimeNs, runCount }, { runTimeNs: 0, runCount: 0 });
      addon.close(fd);
    }
  }),
);

test('what the verifier refuses carries what it said', { skip: noBpf }, () =>
  keepsDescriptors(() => {
    // r0 is not set.
    const instructions = instruction(0x95);
    assert.throws(
      () => addon.bpfLoadReuseport({ instructions, name: 'bad' }),
      (error: VerifierError) => {
        assert.deepEqual(
          { code: error.code, syscall: error.syscall, subject: error.subject },
          { code: 'EACCES', syscall: 'bpf', subject: 'PROG_LOAD bad' },
        );
        assert.match(error.verifierLog, /R0 !read_ok/);
        return true;
      },
    );
  }),
);

test('a refusal before the verifier has an empty log', { skip: noBpf }, () =>
  keepsDescriptors(() => {
    const instructions = select(999_999, 0);
    assert.throws(() => addon.bpfLoadReuseport({ instructions }), { code: 'EBADF', syscall: 'bpf' });
  }),
);

test('a helper of the kernel under GPL is refused to another license', { skip: noBpf }, () => {
  // bpf_ktime_get_ns is for all licenses, bpf_trace_printk (6) is not.
  const instructions = Buffer.concat([
    instruction(0xbf, 1, 10),
    instruction(0x07, 1, 0, 0, -8),
    instruction(0x7a, 10, 0, -8, 0),
    instruction(0xb7, 2, 0, 0, 8),
    instruction(0x85, 0, 0, 0, 6),
    answer(1),
  ]);
  addon.close(addon.bpfLoadReuseport({ instructions }));
  assert.throws(() => addon.bpfLoadReuseport({ instructions, license: 'Proprietary' }), { code: 'EINVAL' });
});

test('a program tells what it is and which maps it names, and what is none is refused', { skip: noBpf }, () =>
  keepsDescriptors(() => {
    const map = addon.bpfCreateMap({ type: 'reuseport-sockarray', keyBytes: 4, valueBytes: 8, maxEntries: 1 });
    const [plain, selecting] = [answer(1), select(map, 0)].map((instructions) => {
      const fd = addon.bpfLoadReuseport({ instructions });
      const info = addon.bpfProgramInfo(fd);
      addon.close(fd);
      return info;
    });
    assert.deepEqual([plain?.isReuseport, plain?.mapIds], [true, []]);
    assert.deepEqual(selecting?.mapIds, [addon.bpfMapInfo(map).id]);
    assert.throws(() => addon.bpfProgramInfo(map), { code: 'EINVAL', syscall: 'bpf' });
    addon.close(map);
  }),
);

test('a pinned program comes back from its path', { skip: noBpffs }, () =>
  keepsDescriptors(() => {
    const path = `${bpffs}/reuseport-test-${process.pid}`;
    const fd = addon.bpfLoadReuseport({ instructions: answer(1), name: 'pinned' });
    addon.bpfPin(fd, path);
    try {
      const { id } = addon.bpfProgramInfo(fd);
      addon.close(fd);
      const again = addon.bpfGetPinned(path);
      assert.equal(addon.bpfProgramInfo(again).id, id);
      assertSystemError(() => addon.bpfPin(again, path), {
        code: 'EEXIST',
        errno: 17,
        syscall: 'bpf',
        subject: `OBJ_PIN ${path}`,
      });
      addon.close(again);
    } finally {
      unlinkSync(path);
    }
  }),
);

test('each call on a program that fails leaves no descriptor, 100 times', { skip: noBpf }, () => {
  const { fd: listener } = listenOn();
  const failing = [
    () => addon.bpfLoadReuseport({ instructions: instruction(0x95) }),
    () => addon.bpfProgramInfo(999_999),
    () => addon.bpfProgramInfo(listener),
    () => addon.bpfPin(listener, '/tmp/no-bpffs'),
    () => addon.bpfGetPinned('/nosuchfolder/program'),
    () => addon.attachReuseportEbpf(listener, 999_999),
    () => addon.attachReuseportEbpf(999_999, listener),
    () => addon.attachReuseportCbpf(listener, instruction(0xff)),
    () => addon.detachReuseportBpf(listener),
  ];
  return keepsDescriptors(() => {
    for (const action of failing) {
      for (let i = 0; i < 100; i++) assert.throws(action, { name: 'Error' }, String(action));
    }
  }).finally(() => addon.close(listener));
});

const load = (options: unknown) => () =>
  addon.bpfLoadReuseport(options as Parameters<typeof addon.bpfLoadReuseport>[0]);
const eperm = (subject: string) => ({ code: 'EPERM', subject, leaked: 0 });

test('wrong arguments are told by name', () => {
  assert.throws(load({ instructions: Buffer.alloc(7) }), /^RangeError: options\.instructions: expected 1 to/);
  assert.throws(load({ instructions: Buffer.alloc(0) }), /^RangeError: options\.instructions: expected 1 to/);
  assert.throws(load({ instructions: 'exit' }), /^TypeError: options\.instructions: expected a Uint8Array/);
  assert.throws(load({ instructions: answer(1), license: 'a\0b' }), /^RangeError: options\.license/);
  assert.throws(() => addon.bpfPin(0, ''), /^RangeError: path/);
  assert.throws(() => addon.attachReuseportCbpf(0, Buffer.alloc(9)), /^RangeError: instructions/);
});

test('without privilege each call is EPERM and leaves no descriptor', { skip: notRefused() }, async () => {
  const path = `/sys/fs/bpf/none-${process.pid}`;
  const refused = await childAnswer('bpf-refused', [path], { user: 65_534 });
  assert.deepEqual(refused, {
    bpfCreateMap: eperm('MAP_CREATE state'),
    bpfLoadReuseport: { ...eperm('PROG_LOAD pass'), verifierLog: '' },
    bpfEnableStats: eperm('ENABLE_STATS'),
  });
});
