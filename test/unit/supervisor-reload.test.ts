import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from '../helpers/simulated-workers.js';

function serving(workers: number, surge = 1): Simulation {
  const simulation = new Simulation({ workers, surge });
  simulation.readyAll();
  return simulation;
}

test('a reload replaces one slot at a time, and the predecessor drains only when the successor is ready', () => {
  const simulation = serving(2);
  simulation.reload();
  assert.deepEqual(simulation.states(), ['0:1:ready', '1:1:ready', '0:2:starting']);
  simulation.ready(3);
  assert.deepEqual(simulation.states(), ['0:1:draining', '1:1:ready', '0:2:ready']);
  simulation.endAll();
  assert.deepEqual(simulation.states(), ['1:1:ready', '0:2:ready', '1:2:starting']);
});

test('with a surge of two, two slots are replaced at a time', () => {
  const simulation = serving(4, 2);
  simulation.reload();
  assert.equal(simulation.states().filter((state) => state.endsWith('2:starting')).length, 2);
});

test('a reload is answered when every slot serves the new generation', () => {
  const simulation = serving(3);
  const request = simulation.reload();
  simulation.settle();
  assert.deepEqual(simulation.states(), ['0:2:ready', '1:2:ready', '2:2:ready']);
  assert.equal(simulation.answers.get(request)?.ok, true);
});

test('a successor that dies ends the reload, and the predecessors serve on', () => {
  const simulation = serving(2);
  const request = simulation.reload();
  simulation.die(3);
  assert.deepEqual(simulation.states(), ['0:1:ready', '1:1:ready']);
  const answer = simulation.answers.get(request);
  assert.ok(answer?.ok === false);
  assert.equal(answer.code, 'ERR_RELOAD_ABORTED');
  assert.match(answer.message, /The previous worker still serves/);
});

test('a successor that is not ready in time ends the reload, and the predecessors serve on', () => {
  const simulation = serving(2);
  const request = simulation.reload();
  simulation.fireNext();
  simulation.endAll();
  assert.deepEqual(simulation.states(), ['0:1:ready', '1:1:ready']);
  const answer = simulation.answers.get(request);
  assert.ok(answer?.ok === false);
  assert.match(answer.message, /within 30 s/);
});

test('a reload during a reload follows it, and both are answered', () => {
  const simulation = serving(2);
  const first = simulation.reload();
  const second = simulation.reload();
  assert.equal(simulation.state.generation, 2);
  simulation.settle();
  assert.deepEqual(simulation.states(), ['0:3:ready', '1:3:ready']);
  assert.equal(simulation.answers.get(first)?.ok, true);
  assert.equal(simulation.answers.get(second)?.ok, true);
});

test('a stop during a reload ends the reload and everything else', () => {
  const simulation = serving(2);
  const reload = simulation.reload();
  const stop = simulation.stop();
  assert.deepEqual(simulation.states(), ['0:1:draining', '1:1:draining', '0:2:killed']);
  assert.equal(simulation.answers.get(reload)?.ok, false);
  simulation.endAll();
  assert.equal(simulation.exit?.code, 0);
  assert.equal(simulation.answers.get(stop)?.ok, true);
});

test('a scale during a reload counts at once, and new slots belong to the new generation', () => {
  const simulation = serving(2);
  simulation.reload();
  simulation.scale(3);
  assert.ok(simulation.states().includes('2:2:starting'));
  simulation.settle();
  assert.deepEqual(simulation.states().toSorted(), ['0:2:ready', '1:2:ready', '2:2:ready']);
});

test('a slot scaled away during a reload is no longer replaced', () => {
  const simulation = serving(3);
  const reload = simulation.reload();
  simulation.scale(1);
  simulation.settle();
  assert.deepEqual(simulation.states(), ['0:2:ready']);
  assert.equal(simulation.answers.get(reload)?.ok, true);
});

test('a predecessor that dies while its successor starts is not replaced twice', () => {
  const simulation = serving(1);
  simulation.reload();
  simulation.die(1);
  assert.deepEqual(simulation.states(), ['0:2:starting']);
  simulation.settle();
  assert.deepEqual(simulation.states(), ['0:2:ready']);
});
