// Where things are in the pictures of the dashboard.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agoOf, spanOf, ticksOf } from '../../src/observe/dashboard/view/axis.js';
import { History, KEPT_SECONDS } from '../../src/observe/dashboard/view/history.js';
import { layoutOf, lineTo, moved } from '../../src/observe/dashboard/view/layout.js';
import { sampleOf } from '../../src/observe/dashboard/view/sample.js';
import { slotSnapshot, snapshot } from '../helpers/dashboard.js';

test('all loops lie inside, none on another, on a desk and on a phone', () => {
  for (const width of [300, 324, 480, 700, 1_000, 1_228]) {
    for (let loops = 1; loops <= 64; loops += 1) {
      const { tiles, tileWidth, tileHeight, height, kernelWidth } = layoutOf(loops, width);
      const what = `${loops} loops, ${width} px`;
      assert.equal(tiles.length, loops, what);
      const seen = new Set(tiles.map(({ x, y }) => `${x} ${y}`));
      assert.equal(seen.size, loops, what);
      for (const { x, y } of tiles) {
        assert.ok(x > kernelWidth && x + tileWidth <= width && y > 0 && y + tileHeight <= height, what);
        const overlaps = tiles.filter(
          (other) => Math.abs(other.x - x) < tileWidth && Math.abs(other.y - y) < tileHeight,
        );
        assert.equal(overlaps.length, 1, what);
      }
    }
  }
});

test('a line begins at the kernel and ends at its tile; of those in one gap each has its own lane', () => {
  const one = layoutOf(4, 1_200);
  assert.equal(one.columns, 1);
  assert.equal(lineTo(one, 2), `M150 ${(one.tiles[2]?.y ?? 0) + one.tileHeight / 2}H${one.tiles[2]?.x}`);
  const many = layoutOf(64, 1_200);
  assert.ok(many.columns > 4);
  const lanes = Array.from({ length: many.columns }, (_, index) =>
    Number(/^M150 ([\d.]+)H/.exec(lineTo(many, index))?.[1]),
  );
  assert.deepEqual(
    lanes,
    lanes.toSorted((a, b) => b - a),
  );
  assert.equal(new Set(lanes).size, many.columns);
  assert.ok(lanes.every((lane) => lane > 0 && lane < (many.tiles[0]?.y ?? 0)));
});

test('arrow keys move within what there is', () => {
  assert.equal(moved('ArrowRight', 0, 8, 4), 1);
  assert.equal(moved('ArrowDown', 1, 8, 4), 5);
  assert.equal(moved('ArrowDown', 5, 8, 4), 5);
  assert.equal(moved('ArrowLeft', 0, 8, 4), 0);
  assert.equal(moved('Home', 5, 8, 4), 0);
  assert.equal(moved('End', 0, 8, 4), 7);
  assert.equal(moved('Tab', 0, 8, 4), undefined);
});

test('the history keeps minutes, of every slot as many values as there are times', () => {
  const history = new History();
  for (let second = 0; second <= KEPT_SECONDS + 50; second += 1) {
    const slots = second < 10 ? [slotSnapshot(0)] : [slotSnapshot(0), slotSnapshot(3, { queued: second })];
    history.add(sampleOf(snapshot(second * 1_000, slots), null));
  }
  assert.deepEqual([history.seconds.length, history.seconds[0], history.width], [KEPT_SECONDS + 1, 50, 4]);
  for (const { accepted, loop, queued } of history.slots) {
    assert.deepEqual([accepted.length, loop.length, queued.length], Array(3).fill(KEPT_SECONDS + 1)); // prettier-ignore
  }
  assert.equal(history.slots[3]?.queued.at(-1), KEPT_SECONDS + 50);
  assert.equal(history.slots[1]?.queued.at(-1), null);
  history.break();
  assert.equal(history.slots[0]?.loop.at(-1), null);
});

test('the axis begins with a minute, grows to five, and has few ticks', () => {
  assert.deepEqual(spanOf([]), [-60, 0]);
  assert.deepEqual(spanOf([100, 110]), [50, 110]);
  assert.deepEqual(spanOf([0, 200]), [0, 200]);
  for (let span = 60; span <= KEPT_SECONDS; span += 1) {
    const ticks = ticksOf(1_000 - span, 1_000);
    assert.ok(ticks.length >= 2 && ticks.length <= 3, `${span} s: ${ticks.join(' ')}`);
    assert.equal(ticks.at(-1), 1_000);
  }
  assert.deepEqual([0, 30, 120].map(agoOf), ['now', '−30 s', '−2 min']);
});
