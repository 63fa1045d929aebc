import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Addon, ListeningSocket } from '../../src/native/addon.js';
import type { Logger } from '../../src/observe/log.js';
import type { CustodyEntry } from '../../src/supervisor/custody.js';
import { findStrangers, StrangerWatch } from '../../src/supervisor/stranger-watch.js';

function socket(fields: Partial<ListeningSocket> = {}): ListeningSocket {
  const place = { family: 'IPv4', address: '127.0.0.1', port: 80, ipv6Only: false, interfaceIndex: 0 } as const;
  return { ...place, inode: 7, uid: 1000, queuedConnections: 0, backlogConnections: 1, ...fields };
}

const ours = { family: 'IPv4', address: '127.0.0.1', port: 80, ipv6Only: false } as const;

function found(address: Parameters<typeof findStrangers>[0], ...sockets: ListeningSocket[]) {
  return findStrangers(address, new Set([1, 2]), sockets).map(({ socket, member }) => [socket.inode, member]);
}

test('a socket of the same address is in the group, one of an overlapping address is not, and others do not count', () => {
  assert.deepEqual(found(ours, socket(), socket({ inode: 1 }), socket({ inode: 8, port: 81 })), [[7, true]]);
  assert.deepEqual(found(ours, socket({ address: '0.0.0.0' }), socket({ address: '127.0.0.2' })), [[7, false]]);
  const all = { ...ours, family: 'IPv6', address: '::' } as const;
  assert.deepEqual(found(all, socket()), [[7, false]]);
  assert.deepEqual(found(all, socket({ family: 'IPv6', address: '::', ipv6Only: true })), [[7, false]]);
});

test('a socket that is bound to an interface has a group of its own, but for link-local addresses, which all are', () => {
  assert.deepEqual(found(ours, socket({ interfaceIndex: 2 })), [[7, false]]);
  const local = { family: 'IPv6', address: 'fe80::1%2' } as const;
  assert.deepEqual(found({ ...ours, ...local }, socket({ ...local, interfaceIndex: 2 })), [[7, true]]);
});

interface Fake {
  watch: StrangerWatch;
  sockets: ListeningSocket[];
  members: number[][];
  warnings: string[];
  dumps: number[];
  /** Lets the time pass until the next timer, and returns how long that is. */
  pass: () => number;
  armed: () => boolean;
  /** From now on no descriptor is left to look with. */
  fail: () => void;
}

function fake({ join = false } = {}): Fake {
  const info = { family: 'IPv4', address: '127.0.0.1', port: 80, inode: 1 } as CustodyEntry['info'];
  const entry = { slot: 0, key: 'k', fd: -1, info, ipv6Only: false, holders: new Set(), file: null } as CustodyEntry;
  const path = { ...entry, key: 'unix:/p', info: { ...info, family: 'unix', port: 0 } } as CustodyEntry;
  const sockets: ListeningSocket[] = [];
  const dumps: number[] = [];
  const members: number[][] = [];
  const warnings: string[] = [];
  let failing = false;
  let timer: { everyMs: number; action: () => void } | null = null;
  const addon = {
    listeningSockets: (port: number) => {
      if (failing) throw new Error('socket NETLINK_SOCK_DIAG: EMFILE');
      dumps.push(port);
      return [socket({ inode: 1 }), ...sockets];
    },
  } as unknown as Addon;
  const os = {
    every: (everyMs: number, action: () => void) => {
      timer = { everyMs, action };
      return () => (timer = null);
    },
  } as unknown as ConstructorParameters<typeof StrangerWatch>[1];
  const log = { warn: (_: unknown, text: string) => warnings.push(text), debug: () => {} } as unknown as Logger;
  const watch = new StrangerWatch(addon, os, log, join, {
    entries: () => [entry, path],
    onMembers: (_, inodes) => members.push([...inodes]),
    isOurs: () => false,
    keepsOut: () => true,
  });
  const pass = () => {
    const { everyMs, action } = timer ?? assert.fail('no timer is armed');
    action();
    return everyMs;
  };
  const fail = () => {
    failing = true;
  };
  return { watch, sockets, members, warnings, dumps, pass, armed: () => timer !== null, fail };
}

test('it looks every ten seconds until it is stopped, at the ports that are ours', () => {
  const { watch, dumps, pass, armed } = fake();
  assert.deepEqual([pass(), pass()], [10_000, 10_000]);
  assert.deepEqual(dumps, [80, 80]);
  watch.stop();
  assert.equal(armed(), false);
});

test('each stranger is told once, and again when another has come', () => {
  const { watch, sockets, members, warnings } = fake();
  watch.look();
  sockets.push(socket());
  watch.look();
  watch.look();
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0] ?? '',
    /^a process of uid 1000 .* listens on 127\.0\.0\.1:80 too, .* keeps connections from it/,
  );
  sockets.splice(0, 1, socket({ inode: 8 }));
  watch.look();
  assert.equal(warnings.length, 2);
  assert.deepEqual(members, [[], [7], [7], [8]]);
});

test('with --join they are listed and not warned of', () => {
  const { watch, sockets, warnings } = fake({ join: true });
  sockets.push(socket());
  watch.look();
  assert.deepEqual(warnings, []);
  const [stranger] = watch.of('k');
  const expected = { pid: null, command: null, inode: 7, uid: 1000, address: '127.0.0.1:80', served: false };
  assert.deepEqual(stranger, expected);
});

test('a look that fails leaves what is known', () => {
  const { watch, sockets, members, fail } = fake();
  sockets.push(socket());
  watch.look();
  fail();
  watch.look();
  assert.deepEqual(members, [[7]]);
  assert.equal(watch.of('k').length, 1);
});
