// The stream of the dashboard: when figures are read, and what becomes of those who do not take them.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { Feed, INTERVAL_MS, MOST_MISSED, MOST_VIEWERS, type Viewer } from '../../src/observe/dashboard/feed.js';
import { snapshot } from '../helpers/dashboard.js';

class Pretended extends EventEmitter implements Viewer {
  writableNeedDrain = false;
  readonly written: string[] = [];
  readonly calls: string[] = [];

  write(text: string): boolean {
    this.written.push(text);
    return true;
  }

  end(): void {
    this.calls.push('end');
    this.emit('close');
  }

  destroy(): void {
    this.calls.push('destroy');
    this.emit('close');
  }
}

function feed() {
  const calls: string[] = [];
  let tick: (() => void) | null = null;
  let reads = 0;
  let failure: Error | null = null;
  const made = new Feed({
    wake: () => calls.push('wake'),
    read: () => {
      if (failure !== null) throw failure;
      reads += 1;
      return snapshot(reads, []);
    },
    failed: (error) => calls.push((error as Error).message),
    rest: () => calls.push('rest'),
    every: (intervalMs, action) => {
      assert.equal(intervalMs, INTERVAL_MS);
      assert.equal(tick, null, 'a second timer');
      tick = action;
      return () => (tick = null);
    },
  });
  const fail = (error: Error | null) => (failure = error);
  return { made, calls, fail, tick: () => tick?.(), isTicking: () => tick !== null, reads: () => reads };
}

test('nothing is read and no timer runs while nobody watches', () => {
  const { made, calls, isTicking, reads } = feed();
  assert.deepEqual([isTicking(), reads()], [false, 0]);
  const [one, other] = [new Pretended(), new Pretended()];
  made.join(one);
  made.join(other);
  assert.deepEqual([isTicking(), made.viewers, calls], [true, 2, ['wake']]);
  one.emit('close');
  assert.equal(isTicking(), true);
  other.emit('close');
  assert.deepEqual([isTicking(), made.viewers, calls], [false, 0, ['wake', 'rest']]);
  made.join(new Pretended());
  assert.deepEqual([isTicking(), calls], [true, ['wake', 'rest', 'wake']]);
});

test('a viewer is told at once, and then with all others by one reading', () => {
  const { made, tick, reads } = feed();
  const [one, other] = [new Pretended(), new Pretended()];
  made.join(one);
  made.join(other);
  tick();
  assert.equal(reads(), 3);
  assert.deepEqual([one.written.length, other.written.length], [2, 2]);
  assert.match(one.written[0] ?? '', /^retry: \d+\n\nevent: snapshot\ndata: \{"atMs":1,.*\}\n\n$/);
  assert.equal(one.written[1], other.written[1]);
});

test('what a slow viewer does not take is not kept for it, and one that takes nothing is let go', () => {
  const { made, tick, isTicking } = feed();
  const slow = new Pretended();
  made.join(slow);
  slow.writableNeedDrain = true;
  for (let missed = 1; missed < MOST_MISSED; missed += 1) tick();
  slow.writableNeedDrain = false;
  tick();
  assert.deepEqual([slow.written.length, slow.calls], [2, []]);
  slow.writableNeedDrain = true;
  for (let missed = 1; missed <= MOST_MISSED; missed += 1) tick();
  assert.deepEqual([slow.written.length, slow.calls, made.viewers, isTicking()], [2, ['destroy'], 0, false]);
});

test('it is full at its limit, and a place that is left is free again', () => {
  const { made } = feed();
  const viewers = Array.from({ length: MOST_VIEWERS }, () => new Pretended());
  for (const viewer of viewers) made.join(viewer);
  assert.equal(made.isFull, true);
  viewers[0]?.emit('close');
  assert.equal(made.isFull, false);
});

test('at the end all streams end, and the timer with them', () => {
  const { made, calls, isTicking } = feed();
  const viewers = [new Pretended(), new Pretended()];
  for (const viewer of viewers) made.join(viewer);
  made.end();
  assert.deepEqual([isTicking(), made.viewers, calls], [false, 0, ['wake', 'rest']]);
  assert.deepEqual(
    viewers.map((viewer) => viewer.calls),
    [['end'], ['end']],
  );
});

test('a reading that fails leaves nobody behind who would be told nothing', () => {
  const made = new Feed({
    wake: () => {},
    read: () => {
      throw new Error('no page');
    },
    failed: () => assert.fail('told twice'),
    rest: () => {},
    every: () => assert.fail('a timer'),
  });
  assert.throws(() => made.join(new Pretended()), /no page/);
  assert.equal(made.viewers, 0);
});

test('a reading that fails ends the streams and is told, and who comes back watches again', () => {
  const { made, calls, fail, tick, isTicking } = feed();
  const viewer = new Pretended();
  made.join(viewer);
  fail(new Error('no page'));
  tick();
  assert.deepEqual([viewer.calls, made.viewers, isTicking()], [['end'], 0, false]);
  assert.deepEqual(calls, ['wake', 'no page', 'rest']);
  fail(null);
  made.join(new Pretended());
  assert.deepEqual([made.viewers, isTicking()], [1, true]);
});
