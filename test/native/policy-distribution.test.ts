import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { createNetwork, type Network, noNamespace } from '../helpers/namespace.js';
import type { Distribution, Task } from './children/distribution.js';
import { noBpf } from './kernel-support.js';
import { childAnswer } from './support.js';

/**
 * By how much a slot's share of 100 connections on 4 slots may be off. Chance gives 25 with a standard deviation of 4.3, so
 * that less than one run in 10 000 of these policies is off by 20.
 */
const OFF = {
  hash: 20,
  random: 20,
  'two-choice': 5,
  'round-robin': 0,
  weighted: 0,
  'least-connections': 0,
  'least-pending': 0,
  idle: 0,
} as const;
const SLOTS = 4;
const CONNECTIONS = 100;

async function distribute(policy: string, within?: string[]): Promise<Distribution> {
  const task: Task = { policy, slots: SLOTS, connections: CONNECTIONS };
  const options = within === undefined ? {} : { within };
  return (await childAnswer('distribution', [JSON.stringify(task)], options)) as Distribution;
}

function assertEven(found: readonly number[], off: number): void {
  const share = CONNECTIONS / SLOTS;
  for (const count of found)
    assert.ok(Math.abs(count - share) <= off, `${String(found)}, each expected ${share} ± ${off}`);
}

describe('100 connections that come before any loop turns', { skip: noBpf }, () => {
  for (const [policy, off] of Object.entries(OFF)) {
    it(`${policy}: are spread, and counted where they wait`, async () => {
      const { queued, assigned } = await distribute(policy);
      assertEven(queued, off);
      assert.deepEqual(assigned, queued);
    });
  }
});

describe('the same with SYN cookies for all', { skip: noBpf || noNamespace }, () => {
  let network: Network | undefined;
  before(async () => {
    network = await createNetwork();
    network.set('ipv4/tcp_syncookies', '2');
  });
  after(() => network?.remove());

  for (const [policy, off] of Object.entries(OFF)) {
    it(`${policy}: each is counted once, and comes to where it was counted`, async () => {
      const { queued, assigned } = await distribute(policy, network?.within);
      assertEven(assigned, off);
      assert.deepEqual(queued, assigned);
    });
  }
});
