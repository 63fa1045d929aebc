import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';

import { addon, answer, classicSelect, listenerGroup, noBpf, select, sockarrayOf, u32, u64 } from './kernel-support.js';
import type { Group } from './kernel-support.js';
import { connectTo, keepsDescriptors, until } from './support.js';

/** Connects `count` times and waits until they lie in the queues as expected. */
async function fill(group: Group, count: number, expected: number[]): Promise<Socket[]> {
  const clients = await Promise.all(Array.from({ length: count }, () => connectTo(group.port)));
  await until(
    () => String(group.queued()) === String(expected),
    () => `expected ${String(expected)}, found ${String(group.queued())}`,
  );
  return clients;
}

test('"select slot k" sends every connection to slot k, until another program is attached', { skip: noBpf }, () =>
  keepsDescriptors(async () => {
    const group = listenerGroup(3);
    const map = sockarrayOf(group);
    const clients: Socket[] = [];
    const expected = [0, 0, 0];
    for (const slot of [2, 0, 1]) {
      const program = addon.bpfLoadReuseport({ instructions: select(map, slot), name: 'pick' });
      // Any member of the group will do.
      addon.attachReuseportEbpf(group.fds[slot % 2] ?? -1, program);
      addon.close(program);
      expected[slot] = 20;
      clients.push(...(await fill(group, 20, expected)));
    }
    for (const client of clients) client.destroy();
    group.close();
    addon.close(map);
  }),
);

test('SK_PASS leaves the choice to the hash, SK_DROP refuses, detaching brings the hash back', { skip: noBpf }, () =>
  keepsDescriptors(async () => {
    const group = listenerGroup(2, 512);
    const total = () => group.queued().reduce((sum, one) => sum + one, 0);
    const attach = (value: number) => {
      const program = addon.bpfLoadReuseport({ instructions: answer(value) });
      addon.attachReuseportEbpf(group.fds[0] ?? -1, program);
      addon.close(program);
    };
    const clients: Socket[] = [];
    const connectAll = async (count: number) => {
      clients.push(...(await Promise.all(Array.from({ length: count }, () => connectTo(group.port)))));
      await until(
        () => total() === clients.length,
        () => total(),
      );
    };
    attach(1);
    await connectAll(100);
    assert.ok(
      group.queued().every((count) => count > 0),
      String(group.queued()),
    );
    attach(0);
    await assert.rejects(connectTo(group.port), { code: 'ECONNREFUSED' });
    addon.detachReuseportBpf(group.fds[1] ?? -1);
    await connectAll(10);
    for (const client of clients) client.destroy();
    group.close();
  }),
);

test('a classic program needs no privilege and sends every connection to the index it returns', () =>
  keepsDescriptors(async () => {
    const group = listenerGroup(2);
    addon.attachReuseportCbpf(group.fds[0] ?? -1, classicSelect(1));
    const clients = await fill(group, 20, [0, 20]);
    addon.attachReuseportCbpf(group.fds[1] ?? -1, classicSelect(0));
    clients.push(...(await fill(group, 20, [20, 20])));
    addon.detachReuseportBpf(group.fds[0] ?? -1);
    for (const client of clients) client.destroy();
    group.close();
  }));

/** Reason to skip what needs CAP_SYS_ADMIN, which statistics take beyond CAP_BPF. */
function noStatistics(): string | false {
  try {
    addon.close(addon.bpfEnableStats());
    return false;
  } catch (error) {
    return `statistics are not allowed here: ${(error as Error).message}`;
  }
}

test('run count and time are counted while statistics are on', { skip: noBpf || noStatistics() }, () =>
  keepsDescriptors(async () => {
    const group = listenerGroup(2);
    const program = addon.bpfLoadReuseport({ instructions: answer(1), name: 'counted' });
    addon.attachReuseportEbpf(group.fds[0] ?? -1, program);
    const statistics = addon.bpfEnableStats();
    const clients = await Promise.all(Array.from({ length: 10 }, () => connectTo(group.port)));
    const { runCount, runTimeNs } = addon.bpfProgramInfo(program);
    assert.ok(runCount >= 10 && runTimeNs > 0, JSON.stringify({ runCount, runTimeNs }));
    for (const client of clients) client.destroy();
    addon.close(statistics);
    addon.close(program);
    group.close();
  }),
);

test(
  'migrateQueue moves a queue of 10 to the other member with no reset, and the slot is free again',
  { skip: noBpf },
  () =>
    keepsDescriptors(async () => {
      const group = listenerGroup(2);
      const map = sockarrayOf(group);
      const program = addon.bpfLoadReuseport({ instructions: select(map, 0), name: 'first', migrate: true });
      const [first = -1, second = -1] = group.fds;
      addon.attachReuseportEbpf(first, program);
      const clients = await fill(group, 10, [10, 0]);
      const broken: unknown[] = [];
      for (const client of clients) client.on('error', (error) => broken.push(error));

      // `first` has a port that the kernel chose, and must keep it.
      addon.migrateQueue(first, 128);
      assert.deepEqual(group.queued(), [0, 10]);
      assert.equal(addon.bpfLookup(map, u32(0), 8), null);
      addon.bpfUpdate(map, u32(0), u64(first));
      clients.push(...(await fill(group, 5, [5, 10])));

      // Each moved connection carries bytes both ways.
      const accepted = addon.acceptAll(second, 100);
      assert.equal(accepted.length, 10);
      for (const fd of accepted) addon.close(fd);
      await Promise.all(clients.slice(0, 10).map((client) => once(client.resume(), 'end')));
      assert.deepEqual(broken, []);
      for (const client of clients) client.destroy();
      addon.close(program);
      addon.close(map);
      group.close();
    }),
);
