// Where GroupOrder claims to know the order of a kernel group, it is the kernel's, whatever strangers do between looks.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import * as fc from 'fast-check';

import { GroupOrder } from '../../src/steering/group-order.js';

/** A group as net/core/sock_reuseport.c keeps it: slots as numbers, strangers as texts. */
class KernelGroup {
  readonly members: (number | string)[] = [];

  add(member: number | string): void {
    this.members.push(member);
  }

  remove(index: number): void {
    const last = this.members.pop();
    if (index < this.members.length && last !== undefined) this.members[index] = last;
  }

  strangers(): Set<number> {
    return new Set(this.members.filter((member) => typeof member === 'string').map(Number));
  }

  slots(): number[] {
    return this.members.filter((member) => typeof member === 'number');
  }
}

const step = fc.oneof(
  fc.constant({ what: 'join' as const, at: 0 }),
  fc.nat(9).map((at) => ({ what: 'leave' as const, at })),
  fc.constant({ what: 'stranger comes' as const, at: 0 }),
  fc.nat(9).map((at) => ({ what: 'stranger goes' as const, at })),
  fc.constant({ what: 'look' as const, at: 0 }),
  // In the moment between the look and what it was for.
  fc.nat(9).map((at) => ({ what: 'race' as const, at })),
);

class Run {
  readonly kernel = new KernelGroup();
  readonly order = new GroupOrder();
  #next = 0;

  take({ what, at }: { what: string; at: number }): void {
    const { kernel, order } = this;
    if (what === 'join' || what === 'race') {
      order.looked(kernel.strangers());
      if (what === 'race') this.#strangers(at);
      const slot = this.#next++;
      kernel.add(slot);
      order.joined(slot);
      order.looked(kernel.strangers());
    } else if (what === 'leave') {
      const slot = kernel.slots()[at];
      if (slot === undefined) return;
      order.looked(kernel.strangers());
      kernel.remove(kernel.members.indexOf(slot));
      order.left(slot);
      order.looked(kernel.strangers());
    } else if (what === 'stranger comes') this.#strangers(9);
    else if (what === 'stranger goes') this.#strangers(at);
    else order.looked(kernel.strangers());
  }

  /** One comes, or the one at that place among them goes. */
  #strangers(at: number): void {
    const inode = [...this.kernel.strangers()][at];
    if (inode === undefined) this.kernel.add(`${1000 + this.#next++}`);
    else this.kernel.remove(this.kernel.members.indexOf(String(inode)));
  }
}

it('a known order is the right one', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const run = new Run();
      for (const each of steps) run.take(each);
      run.order.looked(run.kernel.strangers());
      if (!run.order.known) return;
      for (const slot of run.kernel.slots()) {
        const index = run.kernel.members.indexOf(slot);
        assert.deepEqual(
          run.order.indices((candidate) => candidate === slot),
          [index],
          `slot ${slot}`,
        );
      }
      assert.equal(run.order.size, run.kernel.members.length);
    }),
    { numRuns: 2000 },
  );
});

it('without strangers the order is always known', () => {
  const own = step.filter(({ what }) => what === 'join' || what === 'leave' || what === 'look');
  fc.assert(
    fc.property(fc.array(own, { maxLength: 40 }), (steps) => {
      const run = new Run();
      for (const each of steps) run.take(each);
      assert.ok(run.order.known);
    }),
  );
});

it('one stranger, looked at after each of its steps, never makes it unknown', () => {
  const calm = step.filter(({ what }) => what !== 'race');
  fc.assert(
    fc.property(fc.array(calm, { maxLength: 40 }), (steps) => {
      const run = new Run();
      for (const each of steps) {
        if (each.what === 'stranger comes' && run.kernel.strangers().size > 0) continue;
        if (each.what === 'stranger goes' && run.kernel.strangers().size === 0) continue;
        run.take(each.what === 'stranger goes' ? { ...each, at: 0 } : each);
        run.order.looked(run.kernel.strangers());
      }
      assert.ok(run.order.known);
    }),
  );
});

it('a group that everybody has left begins anew', () => {
  const order = new GroupOrder();
  order.joined(0);
  order.looked(new Set([1]));
  assert.equal(order.known, false);
  order.reset();
  order.joined(5);
  order.looked(new Set());
  assert.ok(order.known);
  assert.deepEqual(
    order.indices(() => true),
    [0],
  );
});
