// Processes that are no children, and sockets where they are met.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { test } from 'node:test';

import { ForeignProcess } from '../../src/supervisor/foreign-process.js';
import { addon, assertSystemError, keepsDescriptors, until } from './support.js';

/** The pid of a process that sleeps, and whose parent is not this one. */
async function orphan(): Promise<number> {
  const shell = spawn('sh', ['-c', 'sleep 60 >/dev/null & echo $!'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  shell.stdout.on('data', (data: Buffer) => (text += data.toString()));
  await new Promise((resolve) => shell.once('close', resolve));
  return Number(text);
}

test('the end of a process that is no child is seen once, and signals reach it', () =>
  keepsDescriptors(async () => {
    const pid = await orphan();
    let ends = 0;
    const process = new ForeignProcess(addon, pid, () => (ends += 1));
    process.signal('SIGTERM');
    await until(
      () => ends === 1,
      () => `${ends} ends`,
    );
    process.signal('SIGTERM');
    process.close();
    assert.equal(ends, 1);
  }));

test('a process that has gone before is told of, not within the constructor', () =>
  keepsDescriptors(async () => {
    const child = spawn('true');
    await new Promise((resolve) => child.once('close', resolve));
    let ends = 0;
    const gone = new ForeignProcess(addon, child.pid ?? 0, () => (ends += 1));
    assert.equal(ends, 0);
    gone.signal('SIGKILL');
    await until(
      () => ends === 1,
      () => `${ends} ends`,
    );
  }));

test('a watch that was closed says nothing of the end', () =>
  keepsDescriptors(async () => {
    const pid = await orphan();
    let ends = 0;
    const left = new ForeignProcess(addon, pid, () => (ends += 1));
    const other = new ForeignProcess(addon, pid, () => (ends += 10));
    left.close();
    process.kill(pid, 'SIGKILL');
    await until(
      () => ends > 0,
      () => `${ends}`,
    );
    assert.equal(ends, 10);
    other.close();
  }));

test('packets go between who listens at an abstract name and who connects to it; the kernel says who that is', () =>
  keepsDescriptors(async () => {
    const name = `\0reuseport-test/${process.pid}`;
    const listener = addon.listenPackets(name);
    const accepted: number[] = [];
    const watch = new addon.ReadableWatch(listener, () => accepted.push(...addon.acceptAll(listener, 8)));
    const client = addon.connectPackets(name);
    await until(
      () => accepted.length === 1,
      () => `${accepted.length} accepted`,
    );
    const [server = -1] = accepted;
    assert.equal(addon.peerCredentials(server).pid, process.pid);
    assert.equal(addon.peerCredentials(client).uid, process.getuid?.());
    const heard: string[] = [];
    const handlers = { onMessage: (data: Buffer) => heard.push(data.toString()), onClose: () => {} };
    const [left, right] = [new addon.Channel(client, handlers), new addon.Channel(server, handlers)];
    left.send('hello');
    await until(
      () => heard.length === 1,
      () => `${heard.length} heard`,
    );
    for (const one of [left, right, watch]) one.close();
    watch.close();
  }));

test('a name is taken once, and nobody is behind a name that is free', () =>
  keepsDescriptors(() => {
    const name = `\0reuseport-test/${process.pid}/taken`;
    const fd = addon.listenPackets(name);
    assertSystemError(() => addon.listenPackets(name), {
      code: 'EADDRINUSE',
      errno: constants.errno.EADDRINUSE,
      syscall: 'bind',
      subject: name.replace('\0', '@'),
    });
    addon.close(fd);
    assertSystemError(() => addon.connectPackets(name), {
      code: 'ECONNREFUSED',
      errno: constants.errno.ECONNREFUSED,
      syscall: 'connect',
      subject: name.replace('\0', '@'),
    });
  }));

test('the descriptor of a watch is open until it is closed, and no other kind than a number is taken', () =>
  keepsDescriptors(() => {
    assert.throws(() => new addon.ReadableWatch('x' as unknown as number, () => {}), TypeError);
    assert.throws(() => addon.pidfdOpen(0), RangeError);
    assert.throws(() => addon.listenPackets(''), RangeError);
    const [fd, peer] = addon.socketpair();
    assert.throws(() => new addon.ReadableWatch(fd, 7 as unknown as () => void), TypeError);
    for (const one of [fd, peer]) addon.close(one);
  }));
