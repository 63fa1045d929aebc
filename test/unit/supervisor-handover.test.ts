import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DrainReason } from '../../src/channel/messages.js';
import { chooseTakers } from '../../src/supervisor/handover.js';
import { Simulation } from '../helpers/simulated-workers.js';

/** Slot 0 has the most connections. */
const usual = {
  openConnections: (slot: number) => 90 - slot * 10,
  mayTakeOver: () => true,
  takesOver: () => true,
  keepsClients: () => false,
};

/** A service whose workers, numbered from 1, are all ready. */
function serving(workers: number): Simulation {
  const simulation = new Simulation({ workers });
  for (let worker = 1; worker <= workers; worker += 1) simulation.step({ type: 'worker-ready', worker });
  return simulation;
}

/** The workers that take over from `worker`, and their slots' connections. */
function takers({ state }: Simulation, worker: number, reason: DrainReason, host = usual): [number, number][] {
  const giver = state.workers.find(({ id }) => id === worker);
  assert.ok(giver !== undefined);
  return chooseTakers(state, giver, reason, host).map(({ worker: id, openConnections }) => [id, openConnections]);
}

test('at a reload the slot’s own successor takes over', () => {
  const simulation = serving(2);
  simulation.step({ type: 'reload', request: 'r' });
  simulation.step({ type: 'worker-ready', worker: 3 });
  assert.deepEqual(takers(simulation, 1, 'reload'), [[3, 90]]);
  simulation.step({ type: 'worker-exited', worker: 1, code: 0, signal: null, error: null });
  assert.deepEqual(takers(simulation, 2, 'reload'), [], 'this one is not ready yet');
  simulation.step({ type: 'worker-ready', worker: 4 });
  assert.deepEqual(takers(simulation, 2, 'reload'), [[4, 80]]);
});

test('a successor takes over also where a client is promised its slot', () => {
  const simulation = serving(1);
  simulation.step({ type: 'reload', request: 'r' });
  simulation.step({ type: 'worker-ready', worker: 2 });
  assert.deepEqual(takers(simulation, 1, 'reload', { ...usual, keepsClients: () => true }), [[2, 90]]);
});

test('at a scale-down the other slots take over, those with the fewest connections first, four at most', () => {
  const simulation = serving(7);
  simulation.step({ type: 'scale', workers: 6, request: 's' });
  const workers = takers(simulation, 7, 'scale').map(([worker]) => worker);
  assert.deepEqual(workers, [6, 5, 4, 3]);
});

test('slots that leave too, may get nothing, or have no ready worker take nothing over', () => {
  const simulation = serving(5);
  simulation.step({ type: 'worker-exited', worker: 1, code: 1, signal: null, error: null });
  simulation.step({ type: 'scale', workers: 3, request: 's' });
  const host = { ...usual, mayTakeOver: (slot?: number) => slot !== 1 };
  assert.deepEqual(takers(simulation, 5, 'scale', host), [[3, 70]]);
});

test('at a scale-down stuck loops take over only where no other may', () => {
  const simulation = serving(4);
  simulation.step({ type: 'scale', workers: 3, request: 's' });
  const quick = { ...usual, takesOver: (slot?: number) => slot === 0 };
  assert.deepEqual(takers(simulation, 4, 'scale', quick), [[1, 90]]);
  const none = { ...usual, takesOver: () => false };
  assert.deepEqual(
    takers(simulation, 4, 'scale', none).map(([worker]) => worker),
    [3, 2, 1],
  );
  const barred = { ...none, mayTakeOver: () => false };
  assert.deepEqual(takers(simulation, 4, 'scale', barred), []);
});

test('at a scale-down clients that are promised their slot are not handed over', () => {
  const simulation = serving(2);
  simulation.step({ type: 'scale', workers: 1, request: 's' });
  assert.deepEqual(takers(simulation, 2, 'scale', { ...usual, keepsClients: () => true }), []);
});

test('nobody takes over from a service that ends', () => {
  const simulation = serving(2);
  simulation.step({ type: 'stop', mode: 'graceful', request: 's' });
  assert.deepEqual(takers(simulation, 1, 'stop'), []);
  assert.deepEqual(takers(serving(2), 1, 'orphan'), []);
});
