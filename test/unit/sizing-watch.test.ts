import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { realOs } from '../../src/supervisor/os.js';
import { SizingWatch } from '../../src/supervisor/sizing-watch.js';
import { wantedSlots } from '../../src/supervisor/state.js';
import { loopsOf } from '../../src/supervisor/threads.js';
import { SimulatedTime } from '../helpers/simulated-time.js';
import { Simulation } from '../helpers/simulated-workers.js';

interface Overrides {
  range?: { min: number; max: number } | null;
  counts?: boolean;
  threads?: number;
}

/** Workers of a range, what their loops do, and what is done about it. */
class Scene {
  readonly time = new SimulatedTime();
  readonly simulation: Simulation;
  readonly watch: SizingWatch;
  readonly said: string[] = [];
  readonly messages: string[] = [];
  /** Work in whole loops, which all loops share. */
  toDo = 0;
  /** Are they in a turn that does not end. */
  blocked = false;
  /** Questions for the times of a loop. */
  reads = 0;
  readonly #threads: number;
  /** Of each loop, by the number of its thread. */
  #ranNs = new Map<number, number>();

  constructor({ range = { min: 1, max: 4 }, counts = true, threads = 1 }: Overrides = {}) {
    this.#threads = threads;
    this.simulation = new Simulation({ workers: range?.min ?? 1, range, threads });
    this.#settle();
    const os = {
      ...realOs,
      nowMs: () => this.time.nowMs(),
      every: (everyMs: number, action: () => void) => this.time.every(everyMs, action),
      loopTimes: (_pid: number, tid: number) => (counts ? this.#timesOf(tid) : null),
    };
    const write = (line: string) => {
      const { event, msg } = JSON.parse(line) as { event: string; msg: string };
      this.said.push(event);
      this.messages.push(msg);
    };
    const options = { shrinkAfterMs: 60_000, processors: 8 };
    this.watch = new SizingWatch(os, pino({ level: 'info' }, { write }), options, {
      state: () => loopsOf(this.simulation.state),
      processes: () => this.simulation.state,
      nowNs: () => this.time.nowMs() * 1e6,
      read: (_slot, field) => (field === 'busySinceNs' && this.blocked ? 1 : 0),
      isStuck: () => false,
      queued: () => 0,
      tidOf: (loop) => 1_000 + loop,
      resize: (workers, why, figures) => {
        this.simulation.nowMs = this.time.nowMs();
        this.simulation.step({ type: 'resize', workers, why, figures });
        this.#settle();
      },
    });
  }

  get workers(): number {
    return wantedSlots(this.simulation.state).length;
  }

  /** How many workers there are after each second. */
  pass(seconds: number): number[] {
    return Array.from({ length: seconds }, () => {
      this.#work();
      this.time.pass(1_000);
      return this.workers;
    });
  }

  #settle(): void {
    this.simulation.settle();
    for (const { id, pid } of this.simulation.state.workers) {
      if (pid === null) this.simulation.step({ type: 'spawned', worker: id, pid: 100 + id });
    }
  }

  #work(): void {
    for (const { id } of loopsOf(this.simulation.state).workers) {
      const ranNs = Math.min(1, this.toDo / this.workers / this.#threads) * 1e9;
      this.#ranNs.set(1_000 + id, (this.#ranNs.get(1_000 + id) ?? 0) + ranNs);
    }
  }

  #timesOf(tid: number) {
    this.reads += 1;
    return { ranNs: 1 + (this.#ranNs.get(tid) ?? 0), waitedNs: 0 };
  }
}

test('it grows two seconds after the loops have no room, and shrinks a minute after they have', () => {
  const scene = new Scene();
  assert.deepEqual(scene.pass(3), [1, 1, 1]);
  scene.toDo = 1.5;
  // After a change one look only reads where the loops are.
  assert.deepEqual(scene.pass(10).slice(0, 2), [2, 2]);
  assert.equal(scene.workers, 2);
  scene.toDo = 0.1;
  assert.ok(scene.pass(59).every((workers) => workers === 2));
  scene.pass(5);
  assert.equal(scene.workers, 1);
  assert.deepEqual(scene.said, []);
});

test('workers of three loops each come and go whole, by what all loops do, and are what is spoken of', () => {
  const scene = new Scene({ range: { min: 1, max: 2 }, threads: 3 });
  scene.toDo = 3;
  // Two looks: one to read where the loops are.
  assert.deepEqual(scene.pass(2), [1, 2]);
  assert.equal(loopsOf(scene.simulation.state).workers.length, 6);
  scene.toDo = 9;
  scene.pass(5);
  assert.match(scene.messages.join(), /^stays at 2 workers, although the loops are 100 % busy: the range has no more$/);
  // Five loops would do, three would not.
  scene.toDo = 2.4;
  assert.ok(scene.pass(90).every((workers) => workers === 2));
  scene.toDo = 0.3;
  assert.ok(scene.pass(59).every((workers) => workers === 2));
  scene.pass(5);
  assert.equal(scene.workers, 1);
});

test('loops that stand still in a turn without running are busy, too', () => {
  const scene = new Scene();
  scene.blocked = true;
  scene.pass(20);
  assert.equal(scene.workers, 4);
  assert.deepEqual([scene.said, scene.watch.obstacle], [['sizing-stays'], 'the range has no more']);
});

test('nothing is read and nothing runs without a range, and what was stopped reads no more', () => {
  const fixed = new Scene({ range: null });
  assert.deepEqual([fixed.time.waiting, fixed.reads], [0, 0]);
  const stopped = new Scene();
  stopped.watch.stop();
  assert.equal(stopped.time.waiting, 0);
});

test('a kernel that does not count the times of loops leaves the number alone, and that is said', () => {
  const scene = new Scene({ counts: false });
  assert.deepEqual([scene.time.waiting, scene.said], [0, ['sizing-blind']]);
});

test('it waits while another master gets ready, and while workers are replaced', () => {
  const scene = new Scene();
  scene.toDo = 3;
  scene.watch.pause(true);
  assert.ok(scene.pass(5).every((workers) => workers === 1));
  scene.watch.pause(false);
  scene.simulation.reload();
  assert.ok(scene.pass(5).every((workers) => workers === 1));
  scene.simulation.settle();
  for (const { id } of scene.simulation.state.workers) {
    scene.simulation.step({ type: 'spawned', worker: id, pid: 100 + id });
  }
  assert.deepEqual(scene.pass(2), [1, 2]);
});

test('fewer that were asked for stay fewer for ten minutes', () => {
  const scene = new Scene({ range: { min: 1, max: 3 } });
  scene.toDo = 3;
  scene.pass(10);
  assert.equal(scene.workers, 3);
  scene.simulation.nowMs = scene.time.nowMs();
  scene.simulation.scale(1);
  scene.simulation.settle();
  scene.pass(590);
  assert.deepEqual([scene.workers, scene.watch.obstacle], [1, 'fewer were asked for a short while ago']);
  scene.pass(20);
  assert.equal(scene.workers, 3);
});
