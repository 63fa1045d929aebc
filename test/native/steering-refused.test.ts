import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Addon } from '../../src/native/addon.js';
import type { Choice } from '../../src/steering/choose-policy.js';
import { Steering } from '../../src/steering/steering.js';
import { addon, listenerGroup, noBpf } from './kernel-support.js';
import { keepsDescriptors } from './support.js';

const TOO_LARGE = 'BPF program is too large';

/** The addon on a kernel whose verifier takes small programs only; `loads` counts what it has refused. */
function refusing(loads: { refused: number }, most: number): Addon {
  const bpfLoadReuseport: Addon['bpfLoadReuseport'] = (program) => {
    if (program.instructions.length <= most) return addon.bpfLoadReuseport(program);
    loads.refused += 1;
    throw Object.assign(new Error(TOO_LARGE), { code: 'E2BIG', syscall: 'bpf', verifierLog: '' });
  };
  return Object.assign(Object.create(addon) as Addon, { bpfLoadReuseport });
}

test(
  'where the verifier refuses the program, all addresses are steered by classic BPF, and it is said once',
  {
    skip: noBpf,
  },
  () =>
    keepsDescriptors(() => {
      const loads = { refused: 0 };
      const told: Choice[] = [];
      const kernel = refusing(loads, Number.MAX_SAFE_INTEGER);
      const steering = new Steering(kernel, 'auto', { onRefused: (choice) => told.push(choice) });
      assert.equal(steering.choice.used, 'idle');
      const [first, second] = [listenerGroup(2), listenerGroup(2)];
      const add = (key: string, slot: number, { fds }: { fds: number[] }) => steering.add(key, slot, fds[slot] ?? -1);
      add('first', 0, first);
      assert.ok(steering.keepsOut('first'));

      kernel.bpfLoadReuseport = refusing(loads, 0).bpfLoadReuseport;
      add('first', 1, first);
      const why = `idle is refused: policy "idle": the kernel refused the program (E2BIG): ${TOO_LARGE}.`;
      assert.deepEqual(
        told.map(({ asked, used, why: reason }) => ({ asked, used, why: reason })),
        [{ asked: 'auto', used: 'adaptive', why }],
      );
      assert.equal(steering.choice, told[0]);
      add('second', 0, second);
      add('second', 1, second);
      assert.deepEqual({ told: told.length, refused: loads.refused }, { told: 1, refused: 1 });

      // Asked for once more, it is tried once more, and what is there stays.
      assert.throws(() => steering.steer('idle'), { code: 'ERR_PROGRAM' });
      assert.equal(steering.choice.used, 'adaptive');
      kernel.bpfLoadReuseport = (program) => addon.bpfLoadReuseport(program);
      assert.equal(steering.steer('idle').used, 'idle');
      steering.close();
      first.close();
      second.close();
    }),
);
