import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { isActive, NO_SLOT, wantedSlots, type WorkerRecord, workersOf } from '../../src/supervisor/state.js';
import { loopsOf, threadOfLoop, workerOfLoop } from '../../src/supervisor/threads.js';
import { transition } from '../../src/supervisor/transition.js';
import { Simulation } from '../helpers/simulated-workers.js';

type Step =
  | { do: 'ready' | 'die' | 'end' | 'spend' | 'hang' | 'end-loop'; pick: number }
  | { do: 'timer' | 'reload' | 'ready-all' | 'end-all' }
  | { do: 'scale' | 'resize'; workers: number }
  | { do: 'stop'; mode: 'graceful' | 'quick' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('ready', 'die', 'end', 'spend', 'hang', 'end-loop'), pick: fc.nat(20) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('timer', 'reload', 'ready-all', 'end-all') }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('scale', 'resize'), workers: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), mode: fc.constantFrom('graceful', 'quick') }) },
);

/** Printed also where nothing fails: a run can be repeated with SEED. */
function seedFor(context: TestContext): number {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  context.diagnostic(`SEED=${seed}`);
  return seed;
}

function pick(list: number[], index: number): number | undefined {
  return list[index % Math.max(1, list.length)];
}

function apply(simulation: Simulation, action: Step): void {
  switch (action.do) {
    case 'ready': {
      const worker = pick([...simulation.alive], action.pick);
      if (worker !== undefined) simulation.ready(worker);
      return;
    }
    case 'die': {
      const worker = pick([...simulation.alive], action.pick);
      if (worker !== undefined) simulation.die(worker);
      return;
    }
    case 'end': {
      const worker = pick([...simulation.ending.keys()], action.pick);
      if (worker !== undefined) simulation.die(worker, 0);
      return;
    }
    case 'spend': {
      const worker = pick([...simulation.alive], action.pick);
      if (worker !== undefined) simulation.step({ type: 'worker-spent', worker, because: 'a test' });
      return;
    }
    case 'hang': {
      const worker = pick([...simulation.alive], action.pick);
      if (worker !== undefined) simulation.hang(worker);
      return;
    }
    case 'end-loop': {
      const worker = pick([...simulation.alive], action.pick);
      const { threads } = simulation.state.settings;
      if (worker !== undefined && threads > 1) {
        simulation.step({ type: 'loop-ended', worker, thread: action.pick % threads });
      }
      return;
    }
    case 'timer':
      return void simulation.fireNext();
    case 'reload':
      return void simulation.reload();
    case 'ready-all':
      return simulation.readyAll();
    case 'end-all':
      return simulation.endAll();
    case 'scale':
      return void simulation.scale(action.workers);
    case 'resize':
      return void simulation.step({ type: 'resize', workers: action.workers, why: 'a test', figures: {} });
    case 'stop':
      return void simulation.stop(action.mode);
    default:
      action satisfies never;
  }
}

function isServed({ state }: Simulation): boolean {
  return state.phase !== 'running' || state.workers.some((worker) => worker.state === 'ready');
}

interface Bounds {
  workers: number;
  surge: number;
  spares: number;
  /** The number of slots has been changed. */
  scaled: boolean;
}

/** Every loop of a worker is in the slot that is its own, and nothing is given to one whose sibling has failed. */
function checkLoops({ state }: Simulation): void {
  const { threads } = state.settings;
  const { slots, workers } = loopsOf(state);
  assert.ok(state.slots.every(({ slot }) => slot % threads === 0));
  assert.equal(new Set(slots.map(({ slot }) => slot)).size, state.slots.length * threads);
  assert.equal(new Set(workers.map(({ id }) => id)).size, workers.length, 'two loops with one id');
  for (const loop of workers) {
    const worker = state.workers.find(({ id }) => id === workerOfLoop(loop.id, threads));
    assert.ok(worker !== undefined, 'a loop of no worker');
    const thread = threadOfLoop(loop.id, threads);
    assert.ok(!worker.endedThreads.includes(thread), 'a loop that has ended is there');
    assert.equal(loop.slot, worker.slot === NO_SLOT ? NO_SLOT : worker.slot + thread);
    if (worker.endedThreads.length > 0 && worker.end === null) assert.equal(loop.state, 'killed');
  }
}

function check(simulation: Simulation, { workers, surge, spares, scaled }: Bounds): void {
  const { state, alive } = simulation;
  checkLoops(simulation);
  const living = state.workers.filter((worker) => worker.state !== 'killed');
  if (!scaled) assert.ok(living.length <= workers + surge + spares, `${living.length} workers live`);
  const spareWorkers = living.filter(({ slot }) => slot === NO_SLOT);
  assert.ok(spareWorkers.length <= spares, `${spareWorkers.length} spares live`);
  const isLeaving = ({ slot }: WorkerRecord) => simulation.state.slots.some((one) => one.slot === slot && !one.wanted);
  const active = state.workers.filter((worker) => isActive(worker) && !isLeaving(worker));
  assert.ok(active.length <= wantedSlots(state).length + surge + spares, `${active.length} workers serve or start`);
  const ready = living.filter((worker) => worker.state === 'ready');
  if (state.phase === 'running' && ready.some(isLeaving)) {
    assert.ok(ready.every(isLeaving), 'a slot that is to go serves on although another does');
  }
  assert.deepEqual(
    new Set(state.workers.map(({ id }) => id)),
    alive,
    'the state knows every living worker, and no other',
  );
  for (const { slot } of state.slots) {
    const active = workersOf(state, slot).filter(isActive);
    assert.ok(active.length <= 2, `slot ${slot} has ${active.length} workers that serve or start`);
  }
  assert.ok(state.rollout === null || state.rollout.active.length <= surge, 'more slots in the rollout than surge');
  for (const worker of state.workers.filter(({ state: now }) => now === 'ready')) {
    assert.ok(
      simulation.custody.get(worker.slot)?.has(worker.id),
      `worker ${worker.id} serves on a forgotten listener`,
    );
  }
  for (const slot of simulation.custody.keys()) {
    assert.ok(workersOf(state, slot).length > 0 || simulation.state.slots.some((record) => record.slot === slot));
  }
  for (const slot of simulation.pruned) {
    assert.ok(
      state.phase !== 'running' || !wantedSlots(state).some((record) => record.slot === slot),
      'a queue was lost',
    );
  }
  for (const slot of state.slots) {
    const covered =
      !slot.wanted ||
      state.phase !== 'running' ||
      workersOf(state, slot.slot).length > 0 ||
      slot.backoffUntilMs !== null ||
      // Held back until it is clear that the program can run at all.
      !state.everReady;
    assert.ok(covered, `slot ${slot.slot} is wanted and forgotten`);
    if (slot.backoffUntilMs !== null)
      assert.ok(simulation.timers.has(`backoff:${slot.slot}`), 'a back-off without timer');
  }
  for (const worker of state.workers) {
    if (worker.state === 'starting')
      assert.ok(simulation.timers.has(`ready:${worker.id}`), 'starting without deadline');
    if (worker.state === 'draining')
      assert.ok(simulation.timers.has(`graceful:${worker.id}`), 'draining without deadline');
    if (worker.state === 'spare') assert.equal(worker.slot, NO_SLOT, 'a spare in a slot');
    if (worker.state === 'killed') assert.equal(simulation.ending.get(worker.id), 'SIGKILL');
  }
  assert.equal(state.phase === 'stopped', simulation.exit !== null, 'stopped exactly when it said exit');
  if (state.phase === 'stopped') assert.equal(alive.size, 0, 'the supervisor ended before its workers');
}

test('no sequence of events leaves a slot forgotten, a worker without deadline, or the surge exceeded', (context) => {
  const seed = seedFor(context);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      fc.nat(2),
      fc.integer({ min: 1, max: 3 }),
      fc.array(step, { maxLength: 60 }),
      (workers, surge, spares, threads, steps) => {
        const simulation = new Simulation({ workers, surge, spares, threads, range: { min: 1, max: 5 } });
        const bounds = { workers, surge, spares, scaled: false };
        check(simulation, bounds);
        for (const action of steps) {
          const scales = action.do === 'scale' || action.do === 'resize';
          bounds.scaled ||= scales;
          const served = isServed(simulation);
          apply(simulation, action);
          check(simulation, bounds);
          if (scales && served) assert.ok(isServed(simulation), 'a scale took the last that served');
        }
      },
    ),
    { numRuns: 10_000, seed },
  );
});

test('after any sequence of events a stop ends every worker, and every request gets its answer', (context) => {
  const seed = seedFor(context);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 40 }), (workers, steps) => {
      const simulation = new Simulation({ workers });
      const requests: string[] = [];
      for (const action of steps) {
        if (action.do === 'reload') requests.push(simulation.reload());
        else if (action.do === 'scale') requests.push(simulation.scale(action.workers));
        else apply(simulation, action);
      }
      const before = simulation.exit;
      simulation.stop();
      simulation.settle();
      assert.equal(simulation.alive.size, 0);
      assert.notEqual(simulation.exit, null);
      if (before !== null) return;
      for (const request of requests)
        assert.ok(simulation.answers.has(request), `request ${request} was never answered`);
    }),
    { numRuns: 2000, seed },
  );
});

test('without failures every reload and scale comes to its end', (context) => {
  const seed = seedFor(context);
  const calm = fc.constantFrom<'reload' | 'scale' | 'ready' | 'end'>('reload', 'scale', 'ready', 'end');
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      fc.array(calm),
      (workers, surge, steps) => {
        const simulation = new Simulation({ workers, surge });
        simulation.settle();
        let wanted = workers;
        const reloads: string[] = [];
        for (const action of steps) {
          if (action === 'reload') reloads.push(simulation.reload());
          else if (action === 'scale') simulation.scale((wanted = (wanted % 5) + 1));
          else if (action === 'ready') simulation.readyAll();
          else simulation.endAll();
        }
        simulation.settle();
        for (const request of reloads) assert.equal(simulation.answers.get(request)?.ok, true);
        const { generation } = simulation.state;
        const expected = Array.from({ length: wanted }, (_, slot) => `${slot}:${generation}:ready`);
        if (reloads.length > 0) assert.equal(simulation.states().length, expected.length);
        assert.equal(simulation.state.rollout, null);
      },
    ),
    { numRuns: 2000, seed },
  );
});

test('a transition does not change the state it is given', () => {
  const simulation = new Simulation();
  const before = structuredClone(simulation.state);
  transition(simulation.state, { type: 'reload', request: 'x' }, 5);
  assert.deepEqual(simulation.state, before);
});
