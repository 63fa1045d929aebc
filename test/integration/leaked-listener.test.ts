// A duplicate of a listener of ours in the hands of a process that never accepts, and outlives its worker.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Addon } from '../../src/native/addon.js';
import { addonPath } from '../../src/native/load.js';
import { notRoot } from '../helpers/cli.js';
import { tally } from '../helpers/http.js';
import { descriptorsOf } from '../helpers/processes.js';
import { fixtures } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';
import { serviceFor } from './listen-support.js';

const addon = createRequire(import.meta.url)(addonPath()) as Addon;
const noPython = spawnSync('python3', ['--version']).status === 0 ? false : 'needs python3 for pidfd_getfd';

/** A stranger to the service, and not of its workers' making: what they start ends with them. */
async function duplicate(pid: number, socket: string): Promise<ChildProcess> {
  const args = [join(fixtures, 'duplicate.py'), String(pid), socket];
  const holder = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  return holder;
}

/** Under each of these a connection would come to it: it is still in the kernel's group. */
for (const steer of ['hash', 'adaptive', 'idle']) {
  const skip = notRoot || noPython || (steer === 'idle' ? steeringDenied() : false);
  test(`${steer}: when its slot is scaled away it is shut down, and who holds it is named`, { skip }, async (t) => {
    const service = await serviceFor(t, ['--steer', steer, 'http-hello.cjs']);
    const port = await service.port();
    const { listeners, workers } = await service.status();
    const inode = listeners[0]?.slots[1]?.inode;
    const socket = `socket:[${inode}]`;
    const holder = await duplicate(workers.find(({ slot }) => slot === 1)?.pid ?? 0, socket);
    t.after(() => holder.kill('SIGKILL'));
    const { pid = 0 } = holder;
    assert.equal((await service.command('scale', '1')).code, 0);
    const leaked = await service.waitForEvent('listener-leaked');
    assert.deepEqual([leaked.code, leaked['pids'], leaked['inode']], ['WARN_LISTENER_LEAKED', [pid], inode]);
    assert.match(leaked.msg, new RegExp(`^pid ${pid} \\(.*duplicate.*\\) still has a duplicate of the listener`));
    // None of them waits for somebody who never accepts.
    assert.equal((await tally(port, 40)).size, 1);
    assert.equal(addon.listeningSockets(port).length, 1);
    assert.ok(descriptorsOf(pid).includes(socket), 'it still has it');
    assert.deepEqual((await service.status()).listeners[0]?.strangers, []);
    assert.equal(service.logs.filter(({ event }) => event === 'stranger').length, 0);
  });
}
