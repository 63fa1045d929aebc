// What the status says of a worker that stands still, and of a slot without one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainEmptySlot, explainState } from '../../src/observe/explain-state.js';
import type { WorkerRecord } from '../../src/supervisor/state.js';

const limits = { readyTimeoutMs: 30_000, gracefulTimeoutMs: 20_000, hangTimeoutMs: 10_000 };

function worker(fields: Partial<WorkerRecord>): WorkerRecord {
  return {
    id: 1,
    slot: 0,
    rank: 1,
    generation: 1,
    pid: 1,
    state: 'ready',
    startedAtMs: 1_000,
    readyAtMs: null,
    recycle: null,
    end: null,
    drainingSinceMs: null,
    endedThreads: [],
    ...fields,
  };
}

function said(record: WorkerRecord, state: 'starting' | 'draining' | 'stuck', busyMs = 0): string | null {
  return explainState(record, state, busyMs, 6_000, limits);
}

test('a worker that is stuck while it starts, reloads, drains or serves is told apart, each with its own limit', () => {
  const draining = { state: 'draining', drainingSinceMs: 5_000 } as const;
  assert.equal(said(worker({ state: 'starting' }), 'starting'), 'starts for 5.0 s, readyTimeout 30s');
  assert.equal(said(worker({ ...draining, end: 'reload' }), 'draining'), 'reload for 1.0 s, gracefulTimeout 20s');
  assert.equal(said(worker({ ...draining, end: 'scale' }), 'draining'), 'scale for 1.0 s, gracefulTimeout 20s');
  assert.equal(said(worker({ ...draining, end: 'stop' }), 'draining'), 'stop for 1.0 s, gracefulTimeout 20s');
  assert.equal(said(worker({}), 'stuck', 2_500), 'in one turn for 2.5 s, hangTimeout 10s');
  assert.equal(said(worker({}), 'stuck', 8.4), 'in one turn for 8 ms, hangTimeout 10s');
  assert.equal(said(worker({}), 'stuck'), 'something waits for it, and its loop does not turn');
});

test('a slot that waits names the back-off and its rule', () => {
  assert.equal(
    explainEmptySlot({ failures: 3, backoffUntilMs: 7_000, wanted: true }, true, 6_000),
    '3 failures in a row; next start in 1000 ms (250ms doubling to 30s, anew after 10s of service)',
  );
});

test('a slot that failed before anything was ready names the rule of giving up; any other without a worker says nothing', () => {
  const failed = { failures: 1, backoffUntilMs: null, wanted: true };
  assert.match(explainEmptySlot(failed, false, 0) ?? '', /starts again when another is.*gives up \(exit code 3\)/);
  assert.equal(explainEmptySlot(failed, true, 0), null);
  assert.equal(explainEmptySlot({ ...failed, wanted: false }, false, 0), null);
  assert.equal(explainEmptySlot({ ...failed, failures: 0 }, false, 0), null);
});
