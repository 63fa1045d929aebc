// Logs as the verifiers of Linux 5.10 and 6.18 wrote them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VerifierError } from '../../src/native/kernel-addon.js';
import { explainRefusal, reasonOf } from '../../src/steering/refusal.js';

const older = `0: (bf) r6 = r1
1: (79) r9 = *(u64 *)(r5 +0)
R5 !read_ok
processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
`;

const newer = `0: R1=ctx() R10=fp0
0: (bf) r6 = r1                       ; R1=ctx() R6_w=ctx()
1: (18) r8 = 0xffffc90002d35ec8       ; R8_w=map_value(map=reuseport_page,ks=4,vs=16384)
3: (79) r1 = *(u64 *)(r8 +16384)
invalid access to map value, value_size=16384 off=16384 size=8
R8 min value is outside of the allowed memory range
processed 3 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
`;

const tooLarge = `from 12 to 14: R0=scalar() R1=ctx()
14: (b7) r0 = 1                       ; R0=1
BPF program is too large. Processed 1000001 insn
processed 1000001 insns (limit 1000000) max_states_per_insn 4 total_states 30573 peak_states 452 mark_read 0
`;

test('the reason is told with the instruction that it is about', () => {
  assert.equal(reasonOf(older), 'R5 !read_ok, at 1: (79) r9 = *(u64 *)(r5 +0)');
  assert.equal(
    reasonOf(newer),
    'R8 min value is outside of the allowed memory range, at 3: (79) r1 = *(u64 *)(r8 +16384)',
  );
  assert.equal(reasonOf(tooLarge), 'BPF program is too large. Processed 1000001 insn, at 14: (b7) r0 = 1');
  assert.equal(reasonOf('unreachable insn 4\n'), 'unreachable insn 4');
});

test('a refusal before the verifier has no log, and is told by its errno', () => {
  assert.equal(reasonOf(''), null);
  const error = Object.assign(new Error('bpf PROG_LOAD reuseport: E2BIG (argument list too long)'), {
    code: 'E2BIG',
    verifierLog: '',
  }) as VerifierError;
  const { code, message, fields, cause } = explainRefusal('mine', error);
  assert.equal(code, 'ERR_PROGRAM');
  assert.equal(message, `policy "mine": the kernel refused the program (E2BIG): ${error.message}.`);
  assert.deepEqual(fields, { policy: 'mine', code: 'E2BIG', verifierLog: '' });
  assert.equal(cause, error);
});
