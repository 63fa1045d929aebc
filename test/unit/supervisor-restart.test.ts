import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BACKOFF_LIMIT_MS, STABLE_MS } from '../../src/supervisor/state.js';
import { Simulation } from '../helpers/simulated-workers.js';

function serving(workers = 2): Simulation {
  const simulation = new Simulation({ workers });
  simulation.readyAll();
  return simulation;
}

test('a worker that served long is replaced at once when it dies', () => {
  const simulation = serving();
  simulation.nowMs += STABLE_MS;
  simulation.die(1);
  assert.deepEqual(simulation.states(), ['1:1:ready', '0:1:starting']);
});

test('a worker that dies young is replaced after a back-off that doubles from 250 ms to the limit', () => {
  const simulation = serving();
  const waits: number[] = [];
  let worker = 1;
  for (let round = 0; round < 9; round += 1) {
    simulation.die(worker);
    const timer = simulation.timers.get('backoff:0');
    assert.ok(timer !== undefined, 'a back-off is waited for');
    waits.push(timer.dueMs - simulation.nowMs);
    simulation.fireNext();
    worker = Math.max(...simulation.alive);
    simulation.ready(worker);
  }
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 16_000, BACKOFF_LIMIT_MS, BACKOFF_LIMIT_MS]);
});

test('from the fifth failure in a row the log calls it a crash loop', () => {
  const simulation = serving();
  let worker = 1;
  for (let round = 0; round < 5; round += 1) {
    assert.equal(simulation.events().includes('crash-loop'), false, `too early, after ${round} failures`);
    simulation.die(worker);
    simulation.fireNext();
    worker = Math.max(...simulation.alive);
    simulation.ready(worker);
  }
  assert.equal(simulation.events().includes('crash-loop'), true);
});

test('a worker that served and was killed from outside is replaced at once, however often', () => {
  const simulation = serving();
  for (let round = 0; round < 6; round += 1) {
    const worker = simulation.state.workers.find(({ slot, state }) => slot === 0 && state === 'ready');
    simulation.die(worker?.id ?? 0, null, 'SIGKILL');
    assert.deepEqual(simulation.states(), ['1:1:ready', '0:1:starting'], `after ${round + 1} kills`);
    simulation.readyAll();
  }
  assert.equal(simulation.state.slots[0]?.restarts, 6);
});

test('one that is killed from outside before it is ready has failed, as one that crashes has', () => {
  const simulation = serving();
  simulation.die(1, null, 'SIGKILL');
  simulation.die(Math.max(...simulation.alive), null, 'SIGKILL');
  assert.ok(simulation.timers.has('backoff:0'), 'the second kill is waited for');
});

test('a long service ends the row of failures', () => {
  const simulation = serving();
  simulation.die(1);
  simulation.fireNext();
  const next = Math.max(...simulation.alive);
  simulation.ready(next);
  simulation.nowMs += STABLE_MS;
  simulation.die(next);
  assert.equal(simulation.state.slots[0]?.failures, 0);
});

test('when no worker ever got ready the supervisor gives up with exit code 3, after the last has failed', () => {
  const simulation = new Simulation({ workers: 3 });
  simulation.die(1);
  simulation.die(2);
  assert.ok(simulation.state.phase === 'running', 'the third may still get ready');
  simulation.die(3);
  assert.equal(simulation.exit?.code, 3);
  assert.equal(simulation.exit.error?.code, 'ERR_WORKER_EXITED');
});

test('a slot that failed before anything was ready starts again once another is', () => {
  const simulation = new Simulation({ workers: 2 });
  simulation.die(1);
  assert.deepEqual(simulation.states(), ['1:1:starting']);
  simulation.ready(2);
  assert.ok(simulation.timers.has('backoff:0'), 'the failed slot waits for its next start');
});

test('a worker that does not get ready in time is killed, and named', () => {
  const simulation = new Simulation({ workers: 1, readyTimeoutMs: 10_000 });
  simulation.fireNext();
  assert.equal(simulation.ending.get(1), 'SIGKILL');
  simulation.endAll();
  assert.equal(simulation.exit?.error?.code, 'ERR_WORKER_NOT_READY');
  assert.match(simulation.exit?.error?.message ?? '', /within 10 s/);
});

test('a worker that hangs is killed, and its successor starts before it is gone', () => {
  const simulation = serving(2);
  simulation.hang(1);
  assert.equal(simulation.ending.get(1), 'SIGKILL');
  assert.deepEqual(simulation.states(), ['0:1:killed', '1:1:ready', '0:1:starting']);
  simulation.settle();
  assert.deepEqual(simulation.states(), ['1:1:ready', '0:1:ready']);
  const [slot] = simulation.state.slots;
  assert.deepEqual([slot?.restarts, slot?.failures, slot?.lastExit?.why], [1, 0, 'hung']);
});

test('a worker that hangs while it drains is killed, and what it drained for goes on', () => {
  const simulation = serving(1);
  simulation.stop();
  simulation.hang(1);
  assert.deepEqual(simulation.states(), ['0:1:killed']);
  simulation.settle();
  assert.deepEqual(simulation.exit, { type: 'exit', code: 0, error: null });
});

test('a worker that hangs during a reload leaves its slot to the successor that starts', () => {
  const simulation = serving(1);
  simulation.reload();
  simulation.hang(1);
  assert.deepEqual(simulation.states(), ['0:1:killed', '0:2:starting']);
  simulation.settle();
  assert.deepEqual(simulation.states(), ['0:2:ready']);
});
