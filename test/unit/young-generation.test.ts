import assert from 'node:assert/strict';
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { test } from 'node:test';
import { collectYoungGarbage } from '../../src/worker/young-generation.js';

test('the young generation is collected', async () => {
  const entries = new Promise<PerformanceEntry[]>((resolve) => {
    const observer = new PerformanceObserver((list) => {
      observer.disconnect();
      resolve(list.getEntries());
    });
    observer.observe({ type: 'gc' });
  });
  // Node tells of it in a turn that keeps no process alive.
  const alive = setInterval(() => {}, 1_000);
  collectYoungGarbage();
  const [first] = (await entries) as (PerformanceEntry & { detail?: { kind: number } })[];
  clearInterval(alive);
  assert.equal(first?.detail?.kind, constants.NODE_PERFORMANCE_GC_MINOR);
});
