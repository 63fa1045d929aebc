// A duplicate of a listener of ours in the hands of a process that never accepts, and outlives its worker.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import type { Addon } from '../../src/native/addon.js';
import { addonPath } from '../../src/native/load.js';
import { tally } from '../helpers/http.js';
import { descriptorsOf } from '../helpers/processes.js';
import { steeringDenied } from '../helpers/steering.js';
import { printedLines, serviceFor } from './listen-support.js';

const addon = createRequire(import.meta.url)(addonPath()) as Addon;

/** Under each of these a connection would come to it: it is still in the kernel's group. */
for (const steer of ['hash', 'adaptive', 'idle']) {
  const skip = steer === 'idle' ? steeringDenied() : false;
  test(`${steer}: when its slot is scaled away it is shut down, and who holds it is named`, { skip }, async (t) => {
    let holder = 0;
    // Before the service, whose end waits for all that its workers write on its standard output to be closed.
    t.after(() => {
      if (holder > 0) process.kill(holder, 'SIGKILL');
    });
    const service = await serviceFor(t, ['--steer', steer, 'leaked-listener.cjs']);
    const port = await service.port();
    const [line] = await printedLines<{ holder: number }>(service, 1);
    holder = line?.holder ?? 0;
    const inode = (await service.status()).listeners[0]?.slots[1]?.inode;
    assert.ok(descriptorsOf(holder).includes(`socket:[${inode}]`), 'it has the duplicate');
    assert.equal((await service.command('scale', '1')).code, 0);
    const leaked = await service.waitForEvent('listener-leaked');
    assert.deepEqual([leaked.code, leaked['pids'], leaked['inode']], ['WARN_LISTENER_LEAKED', [holder], inode]);
    assert.match(
      leaked.msg,
      new RegExp(`^pid ${holder} \\(.*leaked-listener.*\\) still has a duplicate of the listener`),
    );
    // None of them waits for somebody who never accepts.
    assert.equal((await tally(port, 40)).size, 1);
    assert.equal(addon.listeningSockets(port).length, 1);
    assert.ok(descriptorsOf(holder).includes(`socket:[${inode}]`), 'it still has it');
    assert.deepEqual((await service.status()).listeners[0]?.strangers, []);
    assert.equal(service.logs.filter(({ event }) => event === 'stranger').length, 0);
  });
}
