import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from '../helpers/simulated-workers.js';

function serving(workers: number): Simulation {
  const simulation = new Simulation({ workers });
  simulation.readyAll();
  return simulation;
}

test('a graceful stop drains every worker and ends with exit code 0', () => {
  const simulation = serving(2);
  simulation.stop();
  assert.deepEqual([...simulation.ending.values()], ['drain', 'drain']);
  simulation.endAll();
  assert.equal(simulation.exit?.code, 0);
});

test('a worker that does not drain within the graceful time-out is killed', () => {
  const simulation = serving(1);
  simulation.stop();
  simulation.fireNext();
  assert.equal(simulation.ending.get(1), 'SIGKILL');
});

test('a quick stop interrupts first and kills soon after', () => {
  const simulation = serving(1);
  simulation.stop('quick');
  assert.equal(simulation.ending.get(1), 'SIGINT');
  simulation.fireNext();
  assert.equal(simulation.ending.get(1), 'SIGKILL');
  assert.ok(simulation.nowMs < 30_000, 'sooner than the graceful time-out');
});

test('a quick stop hastens a graceful one, and a second quick stop kills', () => {
  const simulation = serving(1);
  simulation.stop();
  simulation.stop('quick');
  assert.equal(simulation.ending.get(1), 'SIGINT');
  simulation.stop('quick');
  assert.equal(simulation.ending.get(1), 'SIGKILL');
});

test('a worker that only starts is killed by a stop: it has nothing to lose', () => {
  const simulation = new Simulation({ workers: 1 });
  simulation.stop();
  assert.equal(simulation.ending.get(1), 'SIGKILL');
  simulation.endAll();
  assert.equal(simulation.exit?.code, 0);
});

test('a stop leaves no back-off behind', () => {
  const simulation = serving(2);
  simulation.die(1);
  assert.ok(simulation.timers.has('backoff:0'));
  simulation.stop();
  simulation.endAll();
  assert.equal(simulation.exit?.code, 0);
  assert.equal(simulation.timers.size, 0);
});

test('reload and scale are refused while the service stops', () => {
  const simulation = serving(1);
  simulation.stop();
  for (const request of [simulation.reload(), simulation.scale(2)]) {
    const answer = simulation.answers.get(request);
    assert.ok(answer?.ok === false);
    assert.equal(answer.code, 'ERR_BUSY');
  }
});

test('scaling down drains the highest slots, and is answered when they are gone', () => {
  const simulation = serving(3);
  const request = simulation.scale(1);
  assert.deepEqual(simulation.states(), ['0:1:ready', '1:1:draining', '2:1:draining']);
  assert.equal(simulation.answers.has(request), false);
  simulation.endAll();
  assert.equal(simulation.answers.get(request)?.ok, true);
  assert.equal(simulation.state.slots.length, 1);
});

test('scaling up again uses a slot that still drains', () => {
  const simulation = serving(2);
  simulation.scale(1);
  simulation.scale(2);
  assert.deepEqual(simulation.states(), ['0:1:ready', '1:1:draining', '1:1:starting']);
  simulation.settle();
  assert.deepEqual(simulation.states(), ['0:1:ready', '1:1:ready']);
});

test('a scale down to slots that wait for their back-off starts them at once, and takes the others when one serves', () => {
  const simulation = serving(2);
  simulation.die(1);
  assert.ok(simulation.timers.has('backoff:0'));
  const request = simulation.scale(1);
  assert.deepEqual(simulation.states(), ['1:1:ready', '0:1:starting']);
  assert.equal(simulation.timers.has('backoff:0'), false);
  simulation.readyAll();
  assert.deepEqual(simulation.states(), ['1:1:draining', '0:1:ready']);
  simulation.endAll();
  assert.equal(simulation.answers.get(request)?.ok, true);
});

test('a slot that had to serve on is kept as it is when it is wanted again', () => {
  const simulation = serving(2);
  simulation.die(1);
  simulation.scale(1);
  simulation.scale(2);
  simulation.settle();
  assert.deepEqual(simulation.states(), ['1:1:ready', '0:1:ready']);
});

test('a scale that a later one replaces is answered as such', () => {
  const simulation = serving(1);
  const first = simulation.scale(2);
  simulation.scale(3);
  assert.equal(simulation.answers.get(first)?.ok, false);
});
