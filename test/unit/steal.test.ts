import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Addon } from '../../src/native/addon.js';
import type { ServerRegistry } from '../../src/worker/servers.js';
import { steal } from '../../src/worker/steal.js';

const LISTENER = 9;
const ORDER = { type: 'steal', id: 1, key: 'tcp 127.0.0.1:80', max: 3 } as const;

/** A queue of descriptors, and what becomes of them. */
function setUp(
  queue: number[],
  feed: (fd: number) => boolean,
  limit: { isFull: boolean } | null = null,
  beforeAccept: () => void = () => {},
) {
  const closed: number[] = [];
  const addon = {
    acceptAll: (_: number, max: number) => {
      beforeAccept();
      return queue.splice(0, max);
    },
    close: (fd: number) => void closed.push(fd),
  } as unknown as Addon;
  const servers = { at: () => ({ listening: true, feed }) } as unknown as ServerRegistry;
  return { closed, run: () => steal(addon, servers, limit, ORDER, LISTENER) };
}

test('no more is accepted than may be, and each goes to the server before the next is', () => {
  const queue = [11, 12, 13, 14];
  const leftAtFeed: number[] = [];
  const { closed, run } = setUp(queue, () => leftAtFeed.push(queue.length) > 0);
  assert.equal(run(), 3);
  assert.deepEqual(leftAtFeed, [3, 2, 1]);
  assert.deepEqual(closed, [LISTENER]);
});

test('an empty queue ends it; what the server does not take is closed', () => {
  const { closed, run } = setUp([11, 12], (fd) => fd === 11);
  assert.equal(run(), 2);
  assert.deepEqual(closed, [12, LISTENER]);
});

test('a program that throws at one connection costs no other', () => {
  const queue = [11, 12, 13];
  const { closed, run } = setUp(queue, () => {
    throw new Error('from a connection handler');
  });
  assert.throws(run, /from a connection handler/);
  assert.deepEqual(queue, [12, 13], 'they wait for the next thief');
  assert.deepEqual(closed, [LISTENER]);
});

test('a listener that was shut down meanwhile, or a lack of descriptors, does not end the program', () => {
  const queue = [11];
  const refusal = Object.assign(new Error('accept4: EINVAL'), { code: 'EINVAL', syscall: 'accept4' });
  const { closed, run } = setUp(
    queue,
    () => true,
    null,
    () => {
      if (queue.length === 0) throw refusal;
    },
  );
  assert.equal(run(), 1);
  assert.deepEqual(closed, [LISTENER]);
});

test('a worker that is full takes no more, and leaves the rest to others', () => {
  const queue = [11, 12, 13];
  const limit = { isFull: false };
  const feed = () => (limit.isFull = true);
  const { closed, run } = setUp(queue, feed, limit);
  assert.equal(run(), 1);
  assert.deepEqual([queue, closed], [[12, 13], [LISTENER]]);
});
