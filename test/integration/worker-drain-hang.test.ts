// A worker that hangs in the middle of its drain: found, named and ended, and nobody else suffers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { isAlive } from '../helpers/processes.js';
import { waitFor } from '../helpers/wait.js';
import { serviceFor } from './listen-support.js';

const hung =
  /^slot 0 \(pid \d+\) is killed: its event loop has not turned for \d+\.\d s in its drain \(reload\), hangTimeout 1s: it is in JavaScript$/;

for (const [when, env] of [
  ['in its onDrain handler', {}],
  ['later in its drain', { LATER: '1' }],
] as const) {
  test(`a worker that hangs ${when} is killed after the hang time-out, with its stack in the log`, async (t) => {
    const service = await serviceFor(t, ['--hang-timeout', '1s', 'drain-hang.cjs'], { workers: 1, env });
    const port = await service.port();
    const [pid = 0] = await service.workerPids();
    const reload = service.command('reload');
    await service.waitForEvent('worker-draining');
    // They come while it hangs, to the listener that both have.
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(port)));
    const { code, stderr } = await reload;
    assert.equal(code, 0, stderr);
    assert.ok(answers.every(({ status, body }) => status === 200 && body !== String(pid)));
    const line = await service.waitForEvent('worker-hung');
    assert.equal(line.code, 'ERR_WORKER_HUNG');
    assert.match(line.msg, hung);
    assert.match(String(line['stack']), /^at spinForever \(.*drain-hang\.cjs/);
    assert.equal(isAlive(pid), false);
    const [row] = (await service.status()).workers;
    assert.deepEqual([row?.restarts, row?.lastExit?.why, row?.lastExit?.signal], [0, 'reload', 'SIGKILL']);
  });
}

test('the status says that it hangs, and the end of the grace period ends it', async (t) => {
  const args = ['--hang-timeout', '1m', '--graceful-timeout', '6s', 'drain-hang.cjs'];
  const service = await serviceFor(t, args, { workers: 1 });
  const [pid] = await service.workerPids();
  const reload = service.command('reload');
  // Stays in the status for as long as it lives, which is some seconds from here on.
  const why = await waitFor('the status to say so', async () => {
    const { workers } = await service.status();
    return workers.find((row) => row.pid === pid)?.why?.match(/it hangs.*/)?.[0];
  });
  assert.match(why, /^it hangs: its event loop has not turned for \d+\.\d s$/);
  const named = await service.waitForEvent('drain-hung');
  assert.match(named.msg, /^slot 0 \(pid \d+\) hangs: its event loop has not turned for .* in its drain \(reload\): /);
  assert.match(String(named['stack']), /^at spinForever \(/);
  assert.equal((await reload).code, 0);
  assert.equal(service.logs.filter(({ event }) => event === 'worker-killed').length, 1);
  assert.equal(service.logs.filter(({ event }) => event === 'drain-hung').length, 1);
});
