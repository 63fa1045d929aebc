import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Addon } from '../../src/native/addon.js';
import type { Choice } from '../../src/steering/choose-policy.js';
import { Steering } from '../../src/steering/steering.js';
import { addon, listenerGroup, noBpf } from './kernel-support.js';
import { keepsDescriptors } from './support.js';

const TOO_LARGE = 'BPF program is too large';

/** The addon on a kernel whose verifier may refuse what is loaded. */
class Verifier {
  refuses = false;
  refused = 0;
  readonly addon: Addon = Object.assign(Object.create(addon) as Addon, {
    bpfLoadReuseport: (program: Parameters<Addon['bpfLoadReuseport']>[0]) => {
      if (!this.refuses) return addon.bpfLoadReuseport(program);
      this.refused += 1;
      throw Object.assign(new Error(TOO_LARGE), { code: 'E2BIG', syscall: 'bpf', verifierLog: '' });
    },
  });
}

test(
  'where the verifier refuses the program, all addresses are steered by classic BPF, and it is said once',
  {
    skip: noBpf,
  },
  () =>
    keepsDescriptors(() => {
      const told: Choice[] = [];
      const verifier = new Verifier();
      const steering = new Steering(verifier.addon, 'auto', { onRefused: (choice) => told.push(choice) });
      assert.equal(steering.choice.used, 'idle');
      const [first, second] = [listenerGroup(2), listenerGroup(2)];
      const add = (key: string, slot: number, { fds }: { fds: number[] }) => steering.add(key, slot, fds[slot] ?? -1);
      add('first', 0, first);
      assert.ok(steering.keepsOut('first'));

      verifier.refuses = true;
      add('first', 1, first);
      const why = `idle is refused: policy "idle": the kernel refused the program (E2BIG): ${TOO_LARGE}.`;
      assert.deepEqual(
        told.map(({ asked, used, why: reason }) => ({ asked, used, why: reason })),
        [{ asked: 'auto', used: 'adaptive', why }],
      );
      assert.equal(steering.choice, told[0]);
      add('second', 0, second);
      add('second', 1, second);
      assert.deepEqual({ told: told.length, refused: verifier.refused }, { told: 1, refused: 1 });

      // Asked for once more, it is tried once more, and what is there stays.
      assert.throws(() => steering.steer('idle'), { code: 'ERR_PROGRAM' });
      assert.equal(steering.choice.used, 'adaptive');
      verifier.refuses = false;
      assert.equal(steering.steer('idle').used, 'idle');
      steering.close();
      first.close();
      second.close();
    }),
);
