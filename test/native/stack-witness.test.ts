import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

import { addon, assertSystemError, keepsDescriptors, recorder, until } from './support.js';

/** A thread with a witness, and our end of its socket. */
async function startThread(way: string) {
  const [ours, theirs] = addon.socketpair();
  const witness = recorder();
  const channel = new addon.Channel(ours, witness.handlers);
  const url = new URL('./children/stack-thread.js', import.meta.url);
  const thread = new Worker(url, { workerData: { fd: theirs, way } });
  // From now on: of a thread that has ended already the message and the end come at once.
  const exited = new Promise<number>((resolve) => thread.once('exit', resolve));
  await once(thread, 'message');
  return { witness, channel, thread, exited };
}

test('a thread in an endless turn gives its stack, each time it is asked', () =>
  keepsDescriptors(async () => {
    const { witness, channel, thread } = await startThread('spin');
    for (const count of [1, 2]) {
      channel.send('?');
      await until(
        () => witness.messages.length === count,
        () => witness.messages.length,
      );
    }
    for (const { text } of witness.messages) assert.match(text, /^spinForever \(.*stack-thread\.js:\d+:\d+\)\n/);
    await thread.terminate();
    await until(
      () => witness.closes.length === 1,
      () => 'the socket is open',
    );
  }));

test('a thread in Atomics.wait gives its stack, as V8 wakes it for that, and ends all the same', () =>
  keepsDescriptors(async () => {
    const { witness, channel, thread } = await startThread('wait');
    channel.send('?');
    await until(
      () => witness.messages.length === 1,
      () => witness.messages.length,
    );
    assert.match(witness.messages[0]?.text ?? '', /stack-thread\.js:\d+/);
    await thread.terminate();
    await until(
      () => witness.closes.length === 1,
      () => 'the socket is open',
    );
  }));

test('a thread that ends by itself is not held up by its witness', () =>
  keepsDescriptors(async () => {
    const { witness, exited } = await startThread('end');
    assert.equal(await exited, 0);
    await until(
      () => witness.closes.length === 1,
      () => 'the socket is open',
    );
  }));

test('a witness whose asker goes away ends', () =>
  keepsDescriptors(async () => {
    const { witness, channel, thread } = await startThread('wait');
    await until(() => threadNames().includes('reuseport-stack'), threadNames);
    channel.close();
    await until(() => !threadNames().includes('reuseport-stack'), threadNames);
    await thread.terminate();
    assert.deepEqual(witness.messages, []);
  }));

function threadNames(): string[] {
  return readdirSync('/proc/self/task').flatMap((task) => {
    try {
      return [readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim()];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

test('what is no such socket is refused, and stays open', () =>
  keepsDescriptors(() => {
    const fd = addon.createMemfd('x', 8);
    assertSystemError(() => addon.startStackWitness(fd), {
      code: 'ENOTSOCK',
      errno: 88,
      syscall: 'getsockopt',
      subject: `fd ${fd}`,
    });
    addon.close(fd);
    assert.throws(() => addon.startStackWitness(-1), RangeError);
    assert.throws(() => addon.startStackWitness('3' as never), TypeError);
  }));
