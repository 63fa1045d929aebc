import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoopReports, loopsOf } from '../../src/supervisor/threads.js';
import { Simulation } from '../helpers/simulated-workers.js';

test('where each worker has one loop the loops are the workers', () => {
  const { state } = new Simulation({ workers: 3 });
  assert.equal(loopsOf(state), state);
});

test('a worker of three threads has three slots, and so many has the next', () => {
  const simulation = new Simulation({ workers: 2, threads: 3 });
  simulation.settle();
  assert.deepEqual(
    simulation.state.slots.map(({ slot }) => slot),
    [0, 3],
  );
  const { slots, workers } = loopsOf(simulation.state);
  assert.deepEqual(
    slots.map(({ slot }) => slot),
    [0, 1, 2, 3, 4, 5],
  );
  assert.deepEqual(
    workers.map(({ id, slot, state }) => [id, slot, state]),
    [3, 4, 5, 6, 7, 8].map((id, slot) => [id, slot, 'ready']),
  );
});

test('the loops of a spare have no slots', () => {
  const simulation = new Simulation({ workers: 1, threads: 2, spares: 1 });
  simulation.settle();
  const spares = loopsOf(simulation.state).workers.filter(({ state }) => state !== 'ready');
  assert.deepEqual(
    spares.map(({ slot }) => slot),
    [-1, -1],
  );
});

test('a worker is ready when all of its loops are, however often each says so', () => {
  const reports = new LoopReports(2);
  assert.equal(reports.take({ type: 'worker-ready', worker: 6 }), null);
  assert.equal(reports.take({ type: 'worker-ready', worker: 6 }), null);
  assert.equal(reports.take({ type: 'worker-ready', worker: 8 }), null);
  assert.deepEqual(reports.take({ type: 'worker-ready', worker: 7 }), { type: 'worker-ready', worker: 3 });
});

test('a worker is hung when one of its loops is, and it is said which', () => {
  const reports = new LoopReports(4);
  const hung = { type: 'worker-hung', worker: 10, because: 'it stands still', stack: null } as const;
  assert.deepEqual(reports.take(hung), { ...hung, worker: 2, because: 'thread 2: it stands still' });
});

test('a loop that ends in the drain of its worker is gone, and the others drain on', () => {
  const simulation = new Simulation({ workers: 1, threads: 2 });
  simulation.settle();
  simulation.step({ type: 'stop', mode: 'graceful', request: 'stop' });
  simulation.step({ type: 'loop-ended', worker: 1, thread: 0 });
  assert.deepEqual(
    loopsOf(simulation.state).workers.map(({ slot, state }) => [slot, state]),
    [[1, 'draining']],
  );
  assert.ok(![...simulation.timers.keys()].includes('lost:1'));
});

test('with a loop that fails the others are given nothing more, and the worker has a moment to end', () => {
  const simulation = new Simulation({ workers: 1, threads: 2 });
  simulation.settle();
  simulation.step({ type: 'loop-ended', worker: 1, thread: 1 });
  assert.deepEqual(
    loopsOf(simulation.state).workers.map(({ slot, state }) => [slot, state]),
    [[0, 'killed']],
  );
  assert.ok(simulation.timers.has('lost:1'));
  simulation.step({ type: 'loop-lost', worker: 1 });
  assert.equal(simulation.ending.get(1), 'SIGKILL');
});

test('a scale beyond the slots is refused', () => {
  const simulation = new Simulation({ workers: 1, threads: 8 });
  simulation.settle();
  simulation.step({ type: 'scale', workers: 9, request: 'nine' });
  const answer = simulation.answers.get('nine');
  assert.equal(answer?.ok === false && answer.code, 'ERR_USAGE');
});
