import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitReached, lifetimeMs, NO_LIMITS, requestLimit } from '../../src/supervisor/limits.js';
import { type SupervisorSettings, STABLE_MS } from '../../src/supervisor/state.js';
import { Simulation } from '../helpers/simulated-workers.js';

/** All ready, and long enough to be called sound. */
function serving(overrides: Partial<SupervisorSettings>): Simulation {
  const simulation = new Simulation(overrides);
  simulation.readyAll();
  simulation.nowMs += STABLE_MS;
  return simulation;
}

function spend(simulation: Simulation, ...workers: number[]): void {
  for (const worker of workers) simulation.step({ type: 'worker-spent', worker, because: 'a test' });
}

test('a worker that is recycled drains only when its successor is ready', () => {
  const simulation = serving({ workers: 1 });
  spend(simulation, 1);
  assert.deepEqual(simulation.states(), ['0:1:ready', '0:1:starting']);
  simulation.ready(2);
  assert.deepEqual(simulation.states(), ['0:1:draining', '0:1:ready']);
  simulation.endAll();
  assert.deepEqual(simulation.states(), ['0:1:ready']);
  const [slot] = simulation.state.slots;
  assert.equal(slot?.lastExit?.why, 'recycle');
  assert.equal(slot.lastExit.asked, true);
  assert.deepEqual([slot.restarts, simulation.state.recycles], [0, 1]);
});

test('no more than surge are recycled at a time, and all in the end', () => {
  const simulation = serving({ workers: 4, surge: 2 });
  spend(simulation, 1, 2, 3, 4);
  const starting = () => simulation.states().filter((state) => state.endsWith('starting')).length;
  assert.equal(starting(), 2);
  simulation.readyAll();
  assert.equal(starting(), 0, 'the predecessors drain still');
  simulation.endAll();
  assert.equal(starting(), 2);
  simulation.settle();
  assert.deepEqual(
    simulation.state.workers.map(({ id }) => id),
    [5, 6, 7, 8],
  );
});

test('a successor that fails leaves the old one serving, and is tried again after a growing back-off', () => {
  const simulation = serving({ workers: 1 });
  spend(simulation, 1);
  for (const waitMs of [250, 500, 1000]) {
    simulation.die(simulation.state.workers.at(-1)?.id ?? 0);
    assert.deepEqual(simulation.states(), ['0:1:ready']);
    const before = simulation.nowMs;
    simulation.fireNext();
    assert.equal(simulation.nowMs - before, waitMs);
    assert.deepEqual(simulation.states(), ['0:1:ready', '0:1:starting']);
  }
  simulation.settle();
  assert.deepEqual(simulation.states(), ['0:1:ready']);
  assert.equal(simulation.state.slots[0]?.restarts, 0, 'nothing had died that served');
});

test('a predecessor that dies while its successor waits is replaced by it', () => {
  const simulation = serving({ workers: 1 });
  spend(simulation, 1);
  simulation.die(2);
  simulation.die(1);
  assert.deepEqual(simulation.states(), []);
  simulation.fireNext();
  assert.deepEqual(simulation.states(), ['0:1:starting']);
});

test('a slot that a reload is about to replace is not recycled besides', () => {
  const simulation = serving({ workers: 2 });
  simulation.reload();
  spend(simulation, 1, 2);
  assert.deepEqual(simulation.states(), ['0:1:ready', '1:1:ready', '0:2:starting']);
  simulation.settle();
  assert.deepEqual(simulation.states(), ['0:2:ready', '1:2:ready']);
  assert.equal(simulation.state.recycles, 0);
});

test('a reload begins when the recycling that takes the room is over', () => {
  const simulation = serving({ workers: 2 });
  spend(simulation, 2);
  const request = simulation.reload();
  assert.deepEqual(simulation.states(), ['0:1:ready', '1:1:ready', '1:1:starting']);
  assert.equal(simulation.answers.size, 0);
  simulation.settle();
  assert.deepEqual(simulation.states(), ['0:2:ready', '1:2:ready']);
  assert.equal(simulation.answers.get(request)?.ok, true);
});

test('what an aborted reload did not replace is recycled after it', () => {
  const simulation = serving({ workers: 1 });
  simulation.reload();
  spend(simulation, 1);
  simulation.die(2);
  assert.deepEqual(simulation.states(), ['0:1:ready']);
  simulation.fireNext();
  assert.deepEqual(simulation.states(), ['0:1:ready', '0:2:starting']);
});

test('workers that reach their limit as soon as they serve are recycled ever more slowly', () => {
  const simulation = serving({ workers: 1 });
  const waits: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    spend(simulation, simulation.state.workers[0]?.id ?? 0);
    const timer = simulation.timers.get('backoff:0');
    waits.push((timer?.dueMs ?? simulation.nowMs) - simulation.nowMs);
    if (timer !== undefined) simulation.fireNext();
    simulation.settle();
  }
  assert.deepEqual(waits, [0, 0, 250, 500, 1000, 2000]);
  simulation.nowMs += STABLE_MS;
  spend(simulation, simulation.state.workers[0]?.id ?? 0);
  assert.equal(simulation.timers.has('backoff:0'), false);
});

test('a worker whose time is over is recycled by a timer that goes with it', () => {
  const simulation = new Simulation({ workers: 1, limits: { ...NO_LIMITS, maxLifetimeMs: 3_600_000 } });
  simulation.readyAll();
  simulation.fireNext();
  assert.deepEqual(simulation.states(), ['0:1:ready', '0:1:starting']);
  simulation.settle();
  assert.deepEqual([...simulation.timers.keys()], ['lifetime:2']);
});

test('the ends of workers that start together lie apart, and none is later than the limit', () => {
  const limits = { ...NO_LIMITS, maxRequests: 1000, maxRequestsJitter: 400, maxLifetimeMs: 100_000, phase: 0.7 };
  const workers = Array.from({ length: 8 }, (_, index) => index + 1);
  const requests = workers.map((worker) => requestLimit(limits, worker)).toSorted((a, b) => a - b);
  assert.ok(requests.every((limit) => limit >= 1000 && limit <= 1400));
  const gaps = requests.slice(1).map((limit, index) => limit - (requests[index] ?? 0));
  assert.ok(Math.min(...gaps) > 20, `gaps ${gaps.join(' ')}`);
  const lifetimes = workers.map((worker) => lifetimeMs(limits, worker) ?? 0);
  assert.ok(lifetimes.every((lifetime) => lifetime > 90_000 && lifetime <= 100_000));
  assert.equal(new Set(lifetimes).size, 8);
});

test('a limit is reached at its value, and named', () => {
  const limits = { ...NO_LIMITS, maxRequests: 10, maxRssBytes: 2 ** 20 };
  assert.equal(limitReached(limits, 1, { requests: 9, rssBytes: 2 ** 20 - 1 }), null);
  assert.equal(limitReached(limits, 1, { requests: 10, rssBytes: 0 }), '10 requests (maxRequests 10)');
  assert.equal(limitReached(limits, 1, { requests: 0, rssBytes: 2 ** 20 }), '1 MB resident (maxRss 1m)');
  assert.equal(limitReached(limits, 1, { requests: 0, rssBytes: null }), null);
  assert.equal(limitReached(NO_LIMITS, 1, { requests: 1e9, rssBytes: 1e12 }), null);
});
