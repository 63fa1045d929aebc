// Classic steering knows listeners by their place in the kernel's group: the next master must know it too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLog } from '../../src/observe/log.js';
import { StateFile } from '../../src/supervisor/state-file.js';
import { get } from '../helpers/http.js';
import { isAlive, standStill } from '../helpers/processes.js';
import { startService } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';

const { log } = openLog({ level: 'silent', format: 'json', name: 'test', file: null });

test('steering goes on when a worker died without a master, and passes over the right slot', async () => {
  const args = ['--orphan-grace', '30s', '--steer', 'adaptive', '--rescue-after', '200ms', 'http-hello.cjs'];
  const first = await startService(args, { workers: 3 });
  const port = await first.port();
  const pids = await first.workerPids();
  const [[, members] = ['', []]] = new StateFile(first.control, log).read()?.orders ?? [];
  assert.equal(members.length, 3);
  // The hole that the first leaves is filled by the last.
  const [dead = 0, , moved = 0] = members.map(({ slot }) => slot);
  await first.killMaster();
  process.kill(pids[dead] ?? 0, 'SIGKILL');
  await waitFor('the worker to end', () => !isAlive(pids[dead] ?? 0));
  const second = await startService(args, { workers: 3, control: first.control });
  await second.waitForEvent('reload-complete');
  const { listeners, workers } = await second.status();
  assert.deepEqual(
    listeners.map(({ steer }) => steer),
    ['adaptive'],
  );
  assert.deepEqual(
    second.logs.filter(({ event }) => event === 'steering-off'),
    [],
  );
  const stopped = workers.find(({ slot }) => slot === moved)?.pid ?? 0;
  await standStill(stopped);
  const { counters: before } = await waitFor('it to be stuck', async () => {
    await get(port);
    const status = await second.status();
    return status.workers.some(({ pid, state }) => pid === stopped && state === 'stuck') && status;
  });
  for (let count = 0; count < 60; count += 1) assert.equal((await get(port)).status, 200);
  const { counters: after } = await second.status();
  process.kill(stopped, 'SIGCONT');
  // With the wrong index it would be half of them; a busy machine may hold one of the others up.
  const taken = after.stolen + after.migrated - before.stolen - before.migrated;
  assert.ok(taken < 8, `${taken} of 60 connections came to a slot that is stuck`);
  await second.end();
  await first.discard();
});
