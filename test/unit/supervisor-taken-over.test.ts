import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TakenOverWorker } from '../../src/supervisor/events.js';
import { Simulation } from '../helpers/simulated-workers.js';

/** A master that takes these over and starts. Each: slot, generation, state. */
function following(workers: number, found: [number, number, TakenOverWorker['state']][]): Simulation {
  const list = found.map(([slot, generation, state], index) => {
    return { worker: index + 1, slot, generation, pid: 1000 + index, state, endedThreads: [] };
  });
  return new Simulation({ workers }, list);
}

test('workers taken over serve, and are replaced one slot at a time', () => {
  const simulation = following(2, [
    [0, 7, 'ready'],
    [1, 7, 'ready'],
  ]);
  assert.deepEqual(simulation.states(), ['0:7:ready', '1:7:ready', '0:8:starting']);
  simulation.settle();
  assert.deepEqual(simulation.states(), ['0:8:ready', '1:8:ready']);
  assert.ok(simulation.events().includes('serving'));
});

test('a successor that does not get ready leaves what was taken over serving', () => {
  const simulation = following(2, [
    [0, 1, 'ready'],
    [1, 1, 'ready'],
  ]);
  simulation.die(3);
  assert.deepEqual(simulation.states(), ['0:1:ready', '1:1:ready']);
  assert.ok(simulation.events().includes('reload-aborted'));
  assert.equal(simulation.exit, null);
});

test('slots without a worker get one at once, and those beyond the wanted number drain', () => {
  const simulation = following(2, [
    [0, 3, 'ready'],
    [4, 3, 'ready'],
  ]);
  assert.deepEqual(simulation.states(), ['0:3:ready', '4:3:draining', '1:4:starting', '0:4:starting']);
  simulation.settle();
  assert.deepEqual(simulation.states(), ['1:4:ready', '0:4:ready']);
});

test('of two that serve one slot the older drains; a slot that only drains gets a new worker', () => {
  const simulation = following(2, [
    [0, 3, 'ready'],
    [0, 4, 'ready'],
    [1, 3, 'draining'],
  ]);
  assert.deepEqual(simulation.states(), ['0:3:draining', '0:4:ready', '1:3:draining', '1:5:starting']);
  simulation.settle();
  assert.deepEqual(simulation.states(), ['1:5:ready', '0:5:ready']);
});

test('one that drains for too long is killed', () => {
  const simulation = following(1, [[0, 1, 'draining']]);
  simulation.readyAll();
  assert.ok(simulation.fireNext());
  assert.deepEqual(simulation.states(), ['0:1:killed', '0:1:ready']);
});
