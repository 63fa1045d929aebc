import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { createNetwork, IPV6_PREFIX, type Network, noNamespace } from '../helpers/namespace.js';
import type { Task } from './children/slots-of-clients.js';
import { noBpf } from './kernel-support.js';
import { childAnswer } from './support.js';

const CLIENTS = 512;

/** `CLIENTS` addresses of which each differs in these bits; IPv4 within 127.0.0.0/8. */
const FAMILIES = {
  IPv4: {
    host: '127.0.0.1',
    plain: 'sticky',
    narrow: 'sticky:24',
    network: (index: number) => `127.${1 + (index >> 8)}.${index & 255}`,
    client: (network: string, index: number) => `${network}.${1 + index}`,
  },
  IPv6: {
    host: '::1',
    plain: 'sticky:,128',
    narrow: 'sticky:,48',
    network: (index: number) => `${IPV6_PREFIX}${index.toString(16)}`,
    client: (network: string, index: number) => `${network}:${index.toString(16)}:0:0:0:${index.toString(16)}`,
  },
} as const;

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('sticky', { skip: noBpf || noNamespace }, () => {
  let network: Network | undefined;
  before(async () => {
    network = await createNetwork();
  });
  after(() => network?.remove());

  const run = async (task: Task) => {
    const options = network === undefined ? {} : { within: network.within };
    return (await childAnswer('slots-of-clients', [JSON.stringify(task)], options)) as number[][];
  };

  for (const [family, { host, plain, narrow, network: networkOf, client }] of Object.entries(FAMILIES)) {
    it(`${family}: a client comes to the same slot again, and few move when a slot is added`, async () => {
      const clients = numbers(CLIENTS).map((index) => client(networkOf(index), 0));
      const steps = [{ clients }, { clients }, { slots: 5 }, { clients }];
      const [first = [], again = [], grown = []] = await run({ policy: plain, host, slots: 4, steps });
      assert.deepEqual(again, first);
      for (const slot of numbers(4)) {
        const share = first.filter((one) => one === slot).length;
        assert.ok(share > CLIENTS / 8 && share < CLIENTS / 2, `slot ${slot} has ${share} of ${CLIENTS} clients`);
      }
      const moved = grown.filter((slot, index) => slot !== first[index]);
      assert.ok(moved.length > 0 && moved.length <= (1.5 * CLIENTS) / 5, `${moved.length} clients moved`);
      assert.deepEqual(new Set(moved), new Set([4]), 'who moves goes to the new slot');
    });

    it(`${family}: with a shorter prefix the clients of a network share a slot`, async () => {
      const networks = numbers(16).map(networkOf);
      const clients = networks.flatMap((one) => numbers(8).map((index) => client(one, index)));
      const steps = [{ clients }, { policy: narrow }, { clients }];
      const [apart = [], together = []] = await run({ policy: plain, host, slots: 4, steps });
      assert.ok(numbers(16).every((index) => slotsOfNetwork(together, index).size === 1));
      assert.ok(new Set(together).size === 4, 'different networks are spread');
      assert.ok(numbers(16).filter((index) => slotsOfNetwork(apart, index).size > 1).length > 12);
    });
  }

  it('IPv6: bits beyond the first 64 count when they are asked for', async () => {
    const clients = numbers(64).map((index) => `${IPV6_PREFIX}1:2:0:0:0:${index.toString(16)}`);
    const steps = [{ clients }, { policy: 'sticky:,120' }, { clients }, { policy: 'sticky:,128' }, { clients }];
    const [by64 = [], by120 = [], by128 = []] = await run({ policy: 'sticky', host: '::1', slots: 4, steps });
    assert.equal(new Set(by64).size, 1);
    assert.equal(new Set(by120).size, 1);
    assert.equal(new Set(by128).size, 4);
  });

  it('a slot that leaves gives its clients to all others, and gets them back', async () => {
    const clients = numbers(256).map((index) => client127(index));
    const steps = [{ clients }, { away: 1 }, { clients }, { back: 1 }, { clients }];
    const [first = [], without = [], back = []] = await run({ policy: 'sticky', host: '127.0.0.1', slots: 4, steps });
    assert.deepEqual(back, first);
    first.forEach((slot, index) => {
      if (slot === 1) assert.notEqual(without[index], 1);
      else assert.equal(without[index], slot);
    });
    const heirs = new Set(without.filter((_, index) => first[index] === 1));
    assert.deepEqual(heirs, new Set([0, 2, 3]));
  });
});

/** Those of its 8 clients. */
function slotsOfNetwork(found: readonly number[], index: number): Set<number> {
  return new Set(found.slice(index * 8, index * 8 + 8));
}

function client127(index: number): string {
  return `127.9.${index}.1`;
}
