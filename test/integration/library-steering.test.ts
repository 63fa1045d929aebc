// Groups that a program steers by itself: policies by name and of its own, members, counters, refusals.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { Listener, ReuseportError, type RowReading, StatePage, SteeringGroup } from '../../src/index.js';
import { loadAddon } from '../../src/native/load.js';
import { type Choose, CONTEXT, NOBODY } from '../../src/steering/api.js';
import { NOBODY as USER_NOBODY, notRoot } from '../helpers/cli.js';
import { fixtures } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';
import { waitFor } from '../helpers/wait.js';
import { keepsDescriptors } from '../native/support.js';

const skip = steeringDenied();

interface Members {
  port: number;
  listeners: Listener[];
}

/** Listeners of one address that nobody accepts from: what the kernel chose is to be counted. */
function openMembers(count: number, address = '127.0.0.1'): Members {
  const first = Listener.open({ address, port: 0 });
  const { port } = first.info();
  return { port, listeners: [first, ...Array.from({ length: count - 1 }, () => Listener.open({ address, port }))] };
}

interface Bench extends Members {
  page: StatePage;
  group: SteeringGroup;
  /** Connects so often, one after the other, and returns how many went to each listener. */
  connect: (count: number) => Promise<number[]>;
}

/** A group of `slots` listeners, as slots 0, 1, …; everything is closed at the end, and nothing may be left. */
function withGroup(policy: string | Choose, slots: number, action: (bench: Bench) => unknown): Promise<void> {
  return keepsDescriptors(async () => {
    const page = StatePage.create();
    const { port, listeners } = openMembers(slots);
    const group = new SteeringGroup({ page, policy, expectedSlots: slots });
    listeners.forEach((listener, slot) => group.add(slot, listener));
    const sockets: net.Socket[] = [];
    const queued = () => listeners.map((listener) => listener.info().queuedConnections);
    const connect = async (count: number) => {
      const before = queued();
      for (let index = 0; index < count; index += 1) {
        const socket = net.connect(port, '127.0.0.1').on('error', () => {});
        await once(socket, 'connect');
        sockets.push(socket);
      }
      await waitFor('the queues', () => sum(queued()) - sum(before) === count, { state: queued });
      return queued().map((now, slot) => now - (before[slot] ?? 0));
    };
    try {
      await action({ page, group, port, listeners, connect });
    } finally {
      for (const socket of sockets) socket.destroy();
      group.close();
      group.close();
      page.close();
      for (const listener of listeners) listener.close();
    }
  });
}

const toSlot = (slot: number): Choose => {
  return function always(asm) {
    asm.mov('r9', slot);
  };
};

/** The lowest bit of the source port, which is the first field of a TCP header. */
const parity: Choose = (asm, _, none) => {
  asm.load('u64', 'r1', 'r6', CONTEXT.data).load('u64', 'r2', 'r6', CONTEXT.dataEnd);
  asm.mov('r3', 'r1').alu('add', 'r3', 2).jumpIf('r3', '>', 'r2', none);
  asm.load('u16', 'r9', 'r1', 0).byteSwap('r9', 16).alu('and', 'r9', 1);
};

const nobody: Choose = (asm) => asm.mov('r9', NOBODY);

const broken: Choose = (asm) => asm.load('u64', 'r9', 'r5', 8);
const refused = (error: unknown) => {
  assert.ok(error instanceof ReuseportError);
  assert.equal(error.code, 'ERR_PROGRAM');
  assert.match(
    error.message,
    /^policy "broken": the kernel refused the program \(EACCES\): R5 !read_ok, at \d+: \(79\) r9 = /,
  );
  assert.match(String(error.fields['verifierLog']), /R5 !read_ok/);
  return true;
};

function sum(counts: readonly number[]): number {
  return counts.reduce((total, one) => total + one, 0);
}

const counters = ({ assigned, selected, fallback, error }: RowReading) => ({ assigned, selected, fallback, error });

test('a policy by its name: connections are counted where they went', { skip }, () =>
  withGroup('round-robin', 3, async ({ page, group, connect }) => {
    assert.deepEqual(group.policy, { asked: 'round-robin', used: 'round-robin', why: 'as asked' });
    assert.deepEqual(group.slots, [0, 1, 2]);
    assert.deepEqual(await connect(9), [3, 3, 3]);
    for (const slot of group.slots) {
      assert.deepEqual(counters(page.readRow(slot)), { assigned: 3, selected: 3, fallback: 0, error: 0 });
    }
    assert.equal(page.stray, 0);
    assert.equal(typeof group.program?.id, 'number');
  }),
);

test('a policy of one’s own decides, and is changed live', { skip }, () =>
  withGroup(toSlot(2), 3, async ({ page, group, connect }) => {
    assert.deepEqual(await connect(5), [0, 0, 5]);
    assert.equal(group.policy.used, 'always');
    assert.deepEqual(group.steer(toSlot(1)), { asked: 'always', used: 'always', why: 'as asked' });
    assert.deepEqual(await connect(5), [0, 5, 0]);
    group.steer('weighted:1,0,1');
    assert.deepEqual(await connect(4), [2, 0, 2]);
    page.setWeight(1, 1);
    group.steer('weighted');
    assert.deepEqual(await connect(3), [1, 1, 1]);
  }),
);

test('it reads the packet: the client’s port', { skip }, () => {
  return withGroup(parity, 2, async ({ port, listeners }) => {
    for (const localPort of [20_001, 20_002, 20_004, 20_007]) {
      const socket = net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.77', localPort });
      await once(socket, 'connect');
      const queued = () => listeners.map((listener) => listener.info().queuedConnections);
      await waitFor(`port ${localPort} in its queue`, () => queued()[localPort % 2] === 1, { state: queued });
      const addon = loadAddon();
      for (const { fd } of listeners) for (const accepted of addon.acceptAll(fd, 9)) addon.close(accepted);
      socket.destroy();
    }
  });
});

test('a slot without a socket counts an error, and the next one a fallback', { skip }, () =>
  withGroup(toSlot(7), 2, async ({ page, connect }) => {
    assert.deepEqual(await connect(3), [3, 0]);
    assert.deepEqual(counters(page.readRow(7)), { assigned: 0, selected: 0, fallback: 0, error: 3 });
    assert.deepEqual(counters(page.readRow(0)), { assigned: 3, selected: 0, fallback: 3, error: 0 });
  }),
);

test('without a slot that is ready any that has a socket is taken, which is counted as stray', { skip }, () => {
  return withGroup(nobody, 2, async ({ page, connect }) => {
    for (const slot of [0, 1]) page.setFlag(slot, 'down', true);
    await connect(4);
    assert.equal(page.stray, 4);
    const rows = [0, 1].map((slot) => counters(page.readRow(slot)));
    assert.equal(sum(rows.map(({ assigned }) => assigned)), 4);
    for (const { assigned, fallback, selected, error } of rows) {
      assert.deepEqual([fallback, selected, error], [assigned, 0, 0]);
    }
  });
});

test('a slot that is removed gets nothing, though its listener is open; it can come back', { skip }, () =>
  withGroup('round-robin', 3, async ({ page, group, listeners, connect }) => {
    group.remove(1);
    group.remove(1);
    assert.deepEqual([group.slots, page.readRow(1).flags], [[0, 2], []]);
    assert.deepEqual(await connect(6), [3, 0, 3]);
    group.add(1, listeners[1] ?? -1);
    assert.deepEqual(await connect(6), [2, 2, 2]);
  }),
);

test('the group keeps the socket of a listener that is closed, until the slot is removed', { skip }, () =>
  withGroup(toSlot(1), 2, async ({ group, listeners, port }) => {
    listeners[1]?.close();
    const addon = loadAddon();
    assert.equal(addon.listeningSockets(port).length, 2);
    group.steer('round-robin');
    group.remove(1);
    assert.equal(addon.listeningSockets(port).length, 1);
    listeners.pop();
  }),
);

test('a slot is ready as long as one of the groups of its page has it', { skip }, () =>
  withGroup('idle', 1, ({ page, group }) => {
    const { listeners } = openMembers(1);
    const other = new SteeringGroup({ page, policy: 'idle' });
    other.add(0, listeners[0] ?? -1);
    group.remove(0);
    assert.deepEqual(page.readRow(0).flags, ['ready']);
    other.close();
    assert.deepEqual(page.readRow(0).flags, []);
    listeners[0]?.close();
  }),
);

test('a program that the verifier refuses is told with its instruction, and the former policy stays', { skip }, () =>
  withGroup(toSlot(1), 2, async ({ group, connect }) => {
    assert.throws(() => group.steer(broken), refused);
    assert.equal(group.policy.used, 'always');
    assert.deepEqual(await connect(3), [0, 3]);

    // A group that has no member yet loads its program with the first.
    const page = StatePage.create();
    const empty = new SteeringGroup({ page, policy: broken });
    const { listeners } = openMembers(1);
    assert.throws(() => empty.add(0, listeners[0] ?? -1), refused);
    assert.deepEqual([empty.slots, page.readRow(0).flags], [[], []]);
    empty.steer(toSlot(0));
    empty.add(0, listeners[0] ?? -1);
    assert.deepEqual(empty.slots, [0]);
    empty.close();
    page.close();
    listeners[0]?.close();
  }),
);

test('what is no program is told when it is written', { skip }, () =>
  withGroup('idle', 1, ({ group }) => {
    const wrong: [Choose, RegExp][] = [
      [(asm) => asm.jump(asm.label('nowhere')), /^assembler: label nowhere#\d+ is never placed$/],
      [(asm) => asm.mov('r9', 2 ** 40), /^assembler: number 1099511627776: expected an integer from -2147483648 to/],
      [
        (asm) => asm.load('u8', 'r9', 'r8', 40_000),
        /^assembler: offset 40000: expected an integer from -32768 to 32767/,
      ],
    ];
    for (const [choose, message] of wrong) assert.throws(() => group.steer(choose), { code: 'ERR_PROGRAM', message });
    assert.equal(group.policy.used, 'idle');
  }),
);

test('what cannot be a member is refused by name, and the group stays as it was', { skip }, () =>
  withGroup('round-robin', 2, async ({ page, group, port, listeners, connect }) => {
    const addon = loadAddon();
    const bound = addon.bindTcpListener({ address: '127.0.0.1', port });
    const unix = addon.bindUnixListener(`\0reuseport-library-${process.pid}`);
    addon.listen(unix, 1);
    const other = Listener.open({ address: '127.0.0.2', port });
    const plain = Listener.open({ address: '127.0.0.1', port: 0, reusePort: false });
    const alone = new SteeringGroup({ page, policy: 'round-robin' });
    const refusals: [SteeringGroup, number, Listener | number, string, RegExp][] = [
      [group, 64, other, 'ERR_ARGUMENT', /^slot: expected an integer from 0 to 63, got 64$/],
      [group, 1, other, 'ERR_GROUP_MEMBER', /^slot 1: it has a listener in this group already; remove\(1\) first$/],
      [
        group,
        5,
        bound,
        'ERR_GROUP_MEMBER',
        /^slot 5: .* does not listen yet: a socket joins its group by listen\(2\)$/,
      ],
      [group, 5, unix, 'ERR_GROUP_MEMBER', /^slot 5: .* is a unix socket, and those have no groups$/],
      [
        group,
        5,
        other,
        'ERR_GROUP_MEMBER',
        /^slot 5: it listens on 127\.0\.0\.2:\d+, and the group on 127\.0\.0\.1:\d+\. /,
      ],
      [group, 5, listeners[0] ?? -1, 'ERR_GROUP_MEMBER', /^slot 5: this socket of .* is a member already, /],
      [alone, 5, plain, 'ERR_GROUP_MEMBER', /^slot 5: .* was bound without SO_REUSEPORT, so it is in no group$/],
      [group, 5, 999_999, 'EBADF', /fd 999999: EBADF/],
    ];
    for (const [to, slot, listener, code, message] of refusals) {
      assert.throws(() => to.add(slot, listener), { code, message });
    }
    assert.deepEqual([group.slots, alone.slots, page.readRow(5).flags], [[0, 1], [], []]);
    assert.deepEqual(await connect(4), [2, 2]);
    alone.close();
    for (const listener of [other, plain]) listener.close();
    for (const fd of [bound, unix]) addon.close(fd);
  }),
);

test('what is no policy, and what is closed, is refused by name', { skip }, () =>
  withGroup('idle', 1, ({ page, group, listeners }) => {
    assert.throws(() => group.steer('fastest'), {
      code: 'ERR_CONFIG_INVALID',
      message: /there is no policy "fastest"/,
    });
    assert.throws(() => group.steer('pinned:/sys/fs/bpf/mine'), {
      code: 'ERR_ARGUMENT',
      message: /are for the command/,
    });
    const wrong = [{ page: {} as StatePage }, { page, expectedSlots: 65 }];
    for (const options of wrong) assert.throws(() => new SteeringGroup(options), { code: 'ERR_ARGUMENT' });
    group.close();
    assert.throws(() => group.add(0, listeners[0] ?? -1), { code: 'ERR_CLOSED' });
    assert.throws(() => group.steer('idle'), { code: 'ERR_CLOSED' });
  }),
);

test('fifty groups leave no descriptor', { skip }, () =>
  keepsDescriptors(() => {
    const page = StatePage.create();
    const { listeners } = openMembers(3);
    for (let round = 0; round < 50; round += 1) {
      const group = new SteeringGroup({ page, policy: 'idle' });
      listeners.forEach((listener, slot) => group.add(slot, listener));
      group.steer('round-robin');
      group.close();
    }
    page.close();
    for (const listener of listeners) listener.close();
  }),
);

test(
  'without CAP_BPF the page is plain memory, classic programs steer, and the rest is refused with the reason',
  { skip: notRoot },
  () => {
    const script = join(fixtures, 'library-denied.mjs');
    const { stdout, stderr } = spawnSync(process.execPath, [script], {
      uid: USER_NOBODY,
      gid: USER_NOBODY,
      encoding: 'utf8',
    });
    const facts = JSON.parse(stdout || `{"stderr":${JSON.stringify(stderr)}}`) as Record<string, unknown>;
    const { why, policy, forced, own, named, ...rest } = facts;
    assert.deepEqual(rest, { inKernel: false, program: null, slots: [0, 1], plain: 'hash' }, stderr);
    assert.match(String(why), /needs CAP_BPF and Linux 5\.5 \(bpf: EPERM\)/);
    assert.deepEqual({ ...(policy as object), why: null }, { asked: 'auto', used: 'adaptive', why: null });
    for (const refusal of [forced, own, named] as { code: string; message: string }[]) {
      assert.equal(refusal.code, 'ERR_STEERING_DENIED');
      assert.match(refusal.message, /CAP_BPF/);
    }
  },
);
