import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import { bar, shortDuration, shortNumber } from '../../src/top/cells.js';
import { plainHeader, plainLine } from '../../src/top/plain.js';
import { processesOf, sampleOf, slotsOf } from '../../src/top/sample.js';
import { listener, statusOf, worker } from './top-support.js';

it('rates are differences by the time between two looks', () => {
  const before = statusOf({
    workers: [worker(0, { accepted: 10, requests: 100 }), worker(1, { accepted: 5, requests: 7 })],
  });
  const now = statusOf({
    workers: [worker(0, { accepted: 30, requests: 500 }), worker(1, { accepted: 5, requests: 9 })],
  });
  const sample = sampleOf({ status: now, atMs: 5_000 }, { status: before, atMs: 3_000 });
  assert.deepEqual(
    sample.workers.map(({ acceptedRate, requestRate }) => [acceptedRate, requestRate]),
    [
      [10, 200],
      [0, 1],
    ],
  );
  assert.deepEqual([sample.acceptedRate, sample.requestRate], [10, 201]);
});

it('a worker that is new has no rate yet, nor has any at the first look', () => {
  const before = statusOf({ workers: [worker(0, { pid: 1, requests: 1_000 })] });
  const now = statusOf({ workers: [worker(0, { pid: 2, requests: 10 })] });
  const [row] = sampleOf({ status: now, atMs: 2_000 }, { status: before, atMs: 1_000 }).workers;
  assert.deepEqual([row?.requestRate, row?.acceptedRate], [null, null]);
  const first = sampleOf({ status: now, atMs: 2_000 }, null);
  assert.deepEqual(
    [first.requestRate, first.acceptedRate, first.dropRate, first.workers[0]?.requestRate],
    [0, 0, 0, null],
  );
});

const listeners = (drops: number) => [
  listener([{ slot: 0, queued: 2, drops }, { slot: 1 }]),
  listener([
    { slot: 0, queued: 3 },
    { slot: -1, queued: 4 },
  ]),
];

it('queues of a slot are summed over addresses, drops over all', () => {
  const before = { status: statusOf({ listeners: listeners(1) }), atMs: 0 };
  const sample = sampleOf({ status: statusOf({ listeners: listeners(7) }), atMs: 2_000 }, before);
  assert.deepEqual([sample.queued, sample.dropRate, sample.workers.map(({ queued }) => queued)], [9, 3, [5, 0]]);
});

it('a listener that was closed takes its drops along: that is no negative rate', () => {
  const before = statusOf({ listeners: [listener([{ slot: 0, drops: 9 }])] });
  assert.equal(sampleOf({ status: statusOf(), atMs: 1_000 }, { status: before, atMs: 0 }).dropRate, 0);
});

it('two workers of one slot, as in a reload, are one slot, and spares are none', () => {
  const status = statusOf({ workers: [worker(0), worker(0, { pid: 7 }), worker(1), worker(null)] });
  assert.deepEqual([slotsOf(status), processesOf(status)], [2, 2]);
});

it('loops that share a process are slots of one worker', () => {
  const loops = [0, 1, 2, 3].map((slot) => worker(slot, { thread: slot % 2, pid: slot < 2 ? 1 : 2 }));
  const status = statusOf({ workers: [...loops, worker(null, { thread: 1 })] });
  assert.deepEqual([slotsOf(status), processesOf(status)], [4, 2]);
});

it('numbers take five columns at most and stay within half a unit of their last digit', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 9e14, noNaN: true }), (value) => {
      const text = shortNumber(value);
      assert.ok(text.length <= 5, text);
      const [, digits = '', unit = ''] = /^(\d+(?:\.\d)?)([kMGT]?)$/.exec(text) ?? [];
      const scale = 1_000 ** 'kMGT'.indexOf(unit || '-') * 1_000 || 1;
      const factor = unit === '' ? 1 : scale;
      assert.ok(Math.abs(Number(digits) * factor - value) <= 0.51 * factor, `${value} became ${text}`);
    }),
  );
  assert.deepEqual([0, 7.5, 99.96, 980, 999.6, 12_400, 3_100_000].map(shortNumber), [
    '0',
    '7.5',
    '100',
    '980',
    '1k',
    '12.4k',
    '3.1M',
  ]);
  assert.equal(shortNumber(null), '-');
});

it('durations have two units', () => {
  const times = [0, 45_000, 192_000, 7_500_000, 529_000_000];
  assert.deepEqual(times.map(shortDuration), ['0s', '45s', '3m12s', '2h05m', '6d02h']);
});

it('a bar has its length, and is empty only for nothing and full only for all', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -1, max: 2, noNaN: true }),
      fc.integer({ min: 1, max: 30 }),
      fc.boolean(),
      (share, columns, isUnicode) => {
        assert.equal(bar(share, columns, isUnicode).length, columns);
      },
    ),
  );
  assert.deepEqual(
    [bar(0, 4, true), bar(0.5, 4, true), bar(0.6, 4, true), bar(1, 4, true)],
    ['░░░░', '██░░', '██▍░', '████'],
  );
  assert.deepEqual([bar(0, 4, false), bar(0.5, 4, false), bar(1, 4, false)], ['....', '##..', '####']);
});

it('a line of figures stands under its titles', () => {
  const status = statusOf({
    workers: [worker(0, { loopUtilization: 0.25 }), worker(1, { state: 'stuck', loopUtilization: 1 })],
  });
  const line = plainLine(sampleOf({ status, atMs: 0 }, null), new Date(2_026, 0, 2, 3, 4, 5));
  assert.equal(line.length, plainHeader().length);
  assert.match(line, /^03:04:05 +2 +1 +1 +0 +0 +0 +0 +0 +0 +100%$/);
});
