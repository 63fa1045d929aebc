import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_SLOT, STABLE_MS, type SupervisorSettings } from '../../src/supervisor/state.js';
import { Simulation } from '../helpers/simulated-workers.js';

/** All slots serve, and all spares have loaded. */
function serving(overrides: Partial<SupervisorSettings>): Simulation {
  const simulation = new Simulation({ spares: 1, ...overrides });
  simulation.settle();
  return simulation;
}

test('spares start when every slot serves, and load beside them', () => {
  const simulation = new Simulation({ workers: 2, spares: 2 });
  simulation.ready(1);
  assert.deepEqual(simulation.states(), ['0:1:ready', '1:1:starting']);
  simulation.ready(2);
  assert.deepEqual(simulation.states(), ['0:1:ready', '1:1:ready', '-1:1:starting', '-1:1:starting']);
  simulation.readyAll();
  assert.deepEqual(simulation.states().slice(2), ['-1:1:spare', '-1:1:spare']);
});

test('a spare takes the slot of a worker that dies, at once, and the next spare starts when it serves', () => {
  const simulation = serving({ workers: 2 });
  simulation.die(1, null, 'SIGKILL');
  assert.deepEqual(simulation.states(), ['1:1:ready', '0:1:starting']);
  assert.deepEqual(simulation.slots.get(3), 0);
  simulation.settle();
  assert.deepEqual(simulation.states(), ['1:1:ready', '0:1:ready', '-1:1:spare']);
  assert.equal(simulation.state.slots[0]?.restarts, 1);
});

test('the spare of a slot is told before anything else is done about the death', () => {
  const simulation = serving({ workers: 2 });
  const died = { type: 'worker-exited', worker: 1, code: null, signal: 'SIGKILL', error: null } as const;
  const effects = simulation.step(died).map(({ type }) => type);
  assert.equal(effects.indexOf('assign'), 0);
  assert.ok(effects.includes('log'));
});

test('a slot that crashes again and again is held back in spite of its spares', () => {
  const simulation = serving({ workers: 1 });
  const waits: boolean[] = [];
  for (let round = 0; round < 3; round += 1) {
    simulation.die(simulation.state.workers.find(({ state }) => state === 'ready')?.id ?? 0);
    waits.push(simulation.timers.has('backoff:0'));
    if (waits.at(-1) === true) simulation.fireNext();
    simulation.settle();
  }
  assert.deepEqual(waits, [false, true, true]);
});

test('a slot whose worker is killed from outside again and again has each of its spares at once', () => {
  const simulation = serving({ workers: 1 });
  for (let round = 0; round < 4; round += 1) {
    simulation.die(simulation.state.workers.find(({ state }) => state === 'ready')?.id ?? 0, null, 'SIGKILL');
    assert.deepEqual(
      [...simulation.timers.keys()].filter((name) => name.startsWith('backoff')),
      [],
    );
    simulation.settle();
  }
  assert.equal(simulation.events().filter((event) => event === 'spare-used').length, 4);
});

test('of two workers of a slot the spare is the successor, also where its process is the older', () => {
  const simulation = serving({ workers: 1, spares: 1 });
  simulation.die(2);
  // The next spare starts before a successor is wanted, and loads after that has started by itself.
  simulation.fireNext();
  simulation.die(1);
  simulation.fireNext();
  simulation.settle();
  simulation.nowMs += STABLE_MS;
  const worker = simulation.state.workers.find(({ slot }) => slot === 0);
  const spare = simulation.state.workers.find(({ slot }) => slot === NO_SLOT);
  assert.ok((spare?.id ?? 0) < (worker?.id ?? 0), 'the spare is the older process');
  simulation.step({ type: 'worker-spent', worker: worker?.id ?? 0, because: 'a test' });
  simulation.settle();
  assert.equal(simulation.state.workers.find(({ slot }) => slot === 0)?.id, spare?.id);
});

test('a reload is served by the new program, and replaces the spares after it', () => {
  const simulation = serving({ workers: 1 });
  simulation.reload();
  assert.deepEqual(simulation.states(), ['0:1:ready', '-1:1:spare', '0:2:starting']);
  simulation.ready(3);
  simulation.endAll();
  simulation.settle();
  assert.deepEqual(simulation.states(), ['0:2:ready', '-1:2:spare']);
});

test('a reload that fails leaves the spares of the program that still serves', () => {
  const simulation = serving({ workers: 1 });
  simulation.reload();
  simulation.die(3);
  assert.deepEqual(simulation.states(), ['0:1:ready', '-1:1:spare']);
  simulation.nowMs += STABLE_MS;
  simulation.die(1);
  assert.ok(simulation.states().includes('0:1:starting'));
});

test('more slots are filled from the spares', () => {
  const simulation = serving({ workers: 1, spares: 2 });
  simulation.scale(3);
  assert.deepEqual(simulation.states(), ['0:1:ready', '1:1:starting', '2:1:starting']);
  simulation.readyAll();
  assert.deepEqual(simulation.states().slice(3), ['-1:1:starting', '-1:1:starting']);
});

test('a spare that ends is replaced after a growing back-off; one that had waited long at once', () => {
  const simulation = serving({ workers: 1 });
  const waits: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    simulation.die(simulation.state.workers.at(-1)?.id ?? 0);
    assert.deepEqual(simulation.states(), ['0:1:ready']);
    const before = simulation.nowMs;
    simulation.fireNext();
    waits.push(simulation.nowMs - before);
  }
  assert.deepEqual(waits, [250, 500, 1000]);
  simulation.settle();
  simulation.nowMs += STABLE_MS;
  simulation.die(simulation.state.workers.at(-1)?.id ?? 0);
  assert.deepEqual(simulation.states(), ['0:1:ready', '-1:1:starting']);
});

test('a spare that does not listen in time is killed, and the service goes on', () => {
  const simulation = new Simulation({ workers: 1, spares: 1 });
  simulation.ready(1);
  simulation.fireNext();
  assert.equal(simulation.ending.get(2), 'SIGKILL');
  simulation.endAll();
  assert.deepEqual(simulation.states(), ['0:1:ready']);
  assert.ok(simulation.timers.has('spare-backoff'));
});

test('a program that is ready before it listens has no spares', () => {
  const simulation = new Simulation({ workers: 1, spares: 2 });
  simulation.ready(1);
  simulation.step({ type: 'worker-ready', worker: 2 });
  assert.deepEqual(simulation.states(), ['0:1:ready', '-1:1:killed', '-1:1:killed']);
  simulation.endAll();
  assert.deepEqual(simulation.states(), ['0:1:ready']);
  assert.ok(simulation.events().includes('spares-off'));
});

test('a stop ends the spares too', () => {
  for (const mode of ['graceful', 'quick'] as const) {
    const simulation = serving({ workers: 1, spares: 2 });
    simulation.stop(mode);
    assert.equal(simulation.states().filter((state) => state === '-1:1:killed').length, 2);
    simulation.endAll();
    assert.equal(simulation.exit?.code, 0);
  }
});
