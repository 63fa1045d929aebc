// Where orderNow claims to know the order of a kernel group, it is the kernel's, whoever has left it without a master.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import * as fc from 'fast-check';

import { type GroupMember, orderNow } from '../../src/steering/remembered-order.js';

/** As net/core/sock_reuseport.c does it: the last member fills the hole. */
function leave(group: GroupMember[], index: number): void {
  const last = group.pop();
  if (index < group.length && last !== undefined) group[index] = last;
}

const group = fc
  .uniqueArray(fc.nat(63), { minLength: 1, maxLength: 8 })
  .map((slots) => slots.map((slot): GroupMember => ({ slot, inode: 1000 + slot })));

it('tells the order that the kernel has by now, or none', () => {
  let known = 0;
  fc.assert(
    fc.property(group, fc.array(fc.nat(7), { maxLength: 3 }), (remembered, leavers) => {
      const kernel = [...remembered];
      for (const index of leavers) if (index < kernel.length) leave(kernel, index);
      const order = orderNow(
        remembered,
        kernel.toSorted((a, b) => a.slot - b.slot),
        () => false,
      );
      if (order === null) return;
      known += 1;
      assert.deepEqual(
        order,
        kernel.map(({ slot }) => slot),
      );
    }),
    { numRuns: 2_000 },
  );
  assert.ok(known > 500, `known in ${known} of 2000`);
});

it('knows the order when at most one has left', () => {
  fc.assert(
    fc.property(group, fc.option(fc.nat(7)), (remembered, leaver) => {
      const kernel = [...remembered];
      if (leaver !== null && leaver < kernel.length) leave(kernel, leaver);
      assert.deepEqual(
        orderNow(remembered, kernel, () => false),
        kernel.map(({ slot }) => slot),
      );
    }),
  );
});

it('knows nothing while one who left is still there, or when others have come', () => {
  const members = [0, 1, 2].map((slot) => ({ slot, inode: 10 + slot }));
  assert.equal(
    orderNow(members, members.slice(1), (inode) => inode === 10),
    null,
  );
  assert.equal(
    orderNow(members.slice(1), members, () => true),
    null,
  );
  // Another socket of the same slot.
  assert.equal(
    orderNow(members, members.with(1, { slot: 1, inode: 99 }), () => false),
    null,
  );
});
