import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';

import { StatePage } from '../../src/state/page.js';
import { KernelGroup, type Vehicle } from '../../src/steering/group.js';
import { idle } from '../../src/steering/policies/idle.js';
import { roundRobin } from '../../src/steering/policies/simple.js';
import { addon, listenerGroup, noBpf } from './kernel-support.js';
import { connectTo, keepsDescriptors, until } from './support.js';

const vehicles: { name: string; vehicle: Vehicle; skip: string | false; even: boolean }[] = [
  { name: 'idle', vehicle: { kind: 'ebpf', name: 'test', choose: idle, migrate: false }, skip: noBpf, even: true },
  {
    name: 'round-robin',
    vehicle: { kind: 'ebpf', name: 'test', choose: roundRobin, migrate: false },
    skip: noBpf,
    even: true,
  },
  { name: 'classic hash', vehicle: { kind: 'classic', source: 'hash' }, skip: false, even: false },
];

for (const { name, vehicle, skip, even } of vehicles) {
  test(`${name}: where every slot is stuck, rather a stuck one than one that is draining`, { skip }, () =>
    keepsDescriptors(async () => {
      const members = listenerGroup(3);
      const page = StatePage.create({ inKernel: vehicle.kind === 'ebpf' });
      for (const slot of [0, 1, 2]) page.setFlag(slot, 'ready', true);
      page.setFlag(0, 'draining', true);
      for (const slot of [1, 2]) page.setFlag(slot, 'stuck', true);
      const group = new KernelGroup(addon, page, vehicle, 3);
      members.fds.forEach((fd, slot) => group.add(slot, fd));

      const clients: Socket[] = await Promise.all(Array.from({ length: 40 }, () => connectTo(members.port)));
      await until(
        () => members.queued().reduce((sum, queued) => sum + queued, 0) === clients.length,
        () => String(members.queued()),
      );
      const [draining, ...stuck] = members.queued();
      assert.equal(draining, 0);
      if (even) assert.deepEqual(stuck, [20, 20]);
      for (const client of clients) client.destroy();
      group.close();
      page.close();
      members.close();
    }),
  );
}
