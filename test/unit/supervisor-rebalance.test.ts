import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import type { Move } from '../../src/supervisor/imbalance.js';
import { realOs } from '../../src/supervisor/os.js';
import { Rebalance } from '../../src/supervisor/rebalance.js';
import { SimulatedTime } from '../helpers/simulated-time.js';
import { Simulation } from '../helpers/simulated-workers.js';

/** Workers 1, 2, … of slots 0, 1, …: what their loops do, and what the master does about it. */
class Scene {
  readonly time = new SimulatedTime();
  readonly simulation: Simulation;
  /** Of each slot: 1 is a loop that always runs. */
  readonly demands: number[];
  readonly openConnections: number[];
  readonly asked: { id: number; move: Move }[] = [];
  readonly rebalance: Rebalance;
  /** Readings of CPU time. */
  reads = 0;
  /** Looks at the page. */
  looks = 0;
  allowed = true;
  #turns = 0;
  #timesNs: number[];
  #countedAtMs = 0;

  constructor(demands: number[], { enabled = true } = {}) {
    this.demands = demands;
    this.openConnections = demands.map(() => 8);
    this.#timesNs = demands.map(() => 1);
    this.simulation = new Simulation({ workers: demands.length });
    for (const worker of demands.keys()) {
      this.simulation.step({ type: 'spawned', worker: worker + 1, pid: 100 + worker });
      this.simulation.step({ type: 'worker-ready', worker: worker + 1 });
    }
    const os = {
      ...realOs,
      nowMs: () => this.time.nowMs(),
      timer: (afterMs: number, action: () => void) => this.time.timer(afterMs, action),
      every: (everyMs: number, action: () => void) => this.time.every(everyMs, action),
      loopTimes: (pid: number) => ({ ranNs: this.#timeOf(pid - 100), waitedNs: 0 }),
    };
    this.rebalance = new Rebalance(os, pino({ level: 'silent' }), enabled, {
      state: () => this.simulation.state,
      allows: () => this.allowed,
      read: (slot, field) => this.#read(slot, field),
      takesOver: () => true,
      tidOf: () => null,
      share: (id, move) => this.asked.push({ id, move }) > 0,
    });
  }

  #read(slot: number, field: 'turns' | 'busySinceNs' | 'openConnections'): number {
    this.looks += 1;
    if (field === 'openConnections') return this.openConnections[slot] ?? 0;
    if (field === 'busySinceNs' || this.demands[slot] === 0) return 0;
    return (this.#turns += 1);
  }

  #timeOf(slot: number): number {
    this.reads += 1;
    const passedMs = this.time.nowMs() - this.#countedAtMs;
    this.#countedAtMs = this.time.nowMs();
    this.#timesNs = this.#timesNs.map((ns, index) => ns + passedMs * 1e6 * (this.demands[index] ?? 0));
    return this.#timesNs[slot] ?? 0;
  }
}

test('a loop that carries everything is asked to give within two seconds', () => {
  const scene = new Scene([1, 0]);
  scene.time.pass(2_000);
  assert.deepEqual(
    scene.asked.map(({ move }) => [move.slot, move.receivers]),
    [[0, [{ slot: 1, worker: 2, part: 0.5 }]]],
  );
});

test('loops that do nothing are not read, and looked at once a second', () => {
  const scene = new Scene([0, 0]);
  scene.time.pass(2_000);
  const { reads, looks } = scene;
  scene.time.pass(10_000);
  assert.deepEqual([scene.reads, scene.time.waiting], [reads, 1]);
  // Turns, whether it is in one, and connections.
  assert.ok(scene.looks - looks <= 10 * 2 * 3, `${scene.looks - looks}`);
});

test('loops that are evenly busy are read once a second', () => {
  const scene = new Scene([0.9, 0.9]);
  scene.time.pass(2_000);
  const { reads } = scene;
  scene.time.pass(10_000);
  assert.equal(scene.reads - reads, 2 * 10);
});

test('a giver is not asked again before it has answered, nor the readings after', () => {
  const scene = new Scene([1, 0]);
  scene.time.pass(5_000);
  assert.equal(scene.asked.length, 1);
  scene.rebalance.shared(scene.asked[0]?.id ?? 0, 4);
  scene.demands.splice(0, 2, 0.5, 0.5);
  scene.time.pass(20_000);
  assert.equal(scene.asked.length, 1);
});

test('a giver that never answers is given up, and asked again much later', () => {
  const scene = new Scene([1, 0]);
  scene.time.pass(14_000);
  assert.equal(scene.asked.length, 1);
  scene.time.pass(20_000);
  assert.equal(scene.asked.length, 2);
});

test('nothing moves where the policy forbids it, in a reload, with one worker, or turned off', () => {
  const scenes = [new Scene([1, 0]), new Scene([1, 0]), new Scene([1]), new Scene([1, 0], { enabled: false })];
  const [forbidden, reloading] = scenes;
  if (forbidden !== undefined) forbidden.allowed = false;
  reloading?.simulation.step({ type: 'reload', request: 'r' });
  for (const scene of scenes) {
    scene.time.pass(10_000);
    assert.deepEqual([scene.asked, scene.reads], [[], 0]);
  }
});

test('what was stopped looks no more', () => {
  const scene = new Scene([1, 0]);
  scene.time.pass(1_100);
  scene.rebalance.stop();
  assert.equal(scene.time.waiting, 0);
});
