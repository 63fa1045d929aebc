// The master is killed: its workers serve on, and the next master of the name takes them over and replaces them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { notRoot } from '../helpers/cli.js';
import { endClientsAfter, KeepAliveClient } from '../helpers/keep-alive.js';
import { Load } from '../helpers/load.js';
import { isAlive } from '../helpers/processes.js';
import { startService } from '../helpers/reuseport.js';
import { steeringDenied } from '../helpers/steering.js';
import { waitFor } from '../helpers/wait.js';

const GRACE = ['--orphan-grace', '30s'];

for (const policy of ['hash', 'adaptive', 'idle']) {
  test(
    `steered by ${policy}, no request fails when the master is killed, nor when the next one takes over, twice in a row`,
    { timeout: 60_000, skip: policy === 'idle' && steeringDenied() },
    async () => {
      const args = [...GRACE, '--steer', policy, 'http-hello.cjs'];
      let service = await startService(args);
      const killed = [];
      const load = new Load(await service.port());
      for (let generation = 2; generation <= 3; generation += 1) {
        const before = await service.workerPids();
        await load.more(200);
        await service.killMaster();
        await load.more(400);
        assert.deepEqual(before.filter(isAlive), before, 'they serve on');
        killed.push(service);
        service = await startService(args, { control: service.control });
        await service.waitForEvent('reload-complete');
        await load.more(200);
        const { workers, listeners } = await service.status();
        assert.deepEqual(
          workers.filter(({ pid }) => !before.includes(pid ?? 0)).map(({ slot, generation: of }) => [slot, of]),
          [
            [0, generation],
            [1, generation],
          ],
        );
        assert.equal(listeners[0]?.steer, policy);
        assert.deepEqual(
          service.logs.filter(({ event }) => event === 'stranger' || event === 'steering-off').map(({ msg }) => msg),
          [],
        );
        await waitFor('the former workers to end', () => !before.some(isAlive));
      }
      await load.stop();
      assert.deepEqual(load.failures, []);
      assert.equal((await service.end()).code, 0);
      await Promise.all(killed.map((former) => former.discard()));
    },
  );
}

test("workers of another user come under the next master of root's", { skip: notRoot }, async () => {
  const args = [...GRACE, '--user', 'nobody', 'http-hello.cjs'];
  const first = await startService(args);
  const load = new Load(await first.port(), 4);
  await load.more(50);
  await first.killMaster();
  const second = await startService(args, { control: first.control });
  await second.waitForEvent('worker-taken-over', 2);
  await second.waitForEvent('reload-complete');
  await load.more(50);
  await load.stop();
  assert.deepEqual(load.failures, []);
  await second.end();
  await first.discard();
});

test('without a next master the workers drain and end after the grace', async () => {
  const service = await startService(['--orphan-grace', '3s', 'http-hello.cjs']);
  const load = new Load(await service.port(), 2);
  const pids = await service.workerPids();
  await service.killMaster();
  await load.more(20);
  assert.deepEqual(load.failures, []);
  assert.deepEqual(pids.filter(isAlive), pids);
  await waitFor('the workers to end', () => pids.every((pid) => !isAlive(pid)), { state: () => pids.filter(isAlive) });
  await load.stop();
  await service.discard();
});

test('of two workers of a slot, the successor just ready, the next master has the older give its clients to the newer', async (t) => {
  endClientsAfter(t);
  const args = [...GRACE, '-w', '1', 'handover-echo.cjs'];
  const first = await startService(args, { env: { SUCCESSOR_KILLS_MASTER: '1' } });
  const [former] = await first.workerPids();
  const clients = await KeepAliveClient.openUsed(await first.port(), 3);
  const masterGone = once(first.child, 'exit');
  first.child.kill('SIGHUP');
  await masterGone;
  const second = await startService(args, { control: first.control });
  await second.waitForEvent('worker-taken-over', 2);
  await second.waitForEvent('reload-complete');
  const { workers } = await second.status();
  assert.deepEqual(
    workers.map(({ slot, generation, state }) => [slot, generation, state]),
    [[0, 3, 'ready']],
  );
  await Promise.all(clients.map((client) => client.ask()));
  assert.deepEqual(
    clients.map(({ ended }) => ended),
    [null, null, null],
  );
  const exits = second.logs.filter(({ event }) => event === 'worker-exited').map(({ msg }) => msg);
  assert.equal(exits.length, 2, exits.join('\n'));
  await waitFor('the former worker to end', () => !isAlive(former ?? 0));
  // A stop would wait for them.
  for (const client of clients) client.destroy();
  assert.equal((await second.end()).code, 0);
  await first.discard();
});
