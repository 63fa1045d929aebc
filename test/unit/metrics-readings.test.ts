// What is worked out between the readings and the text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BusyShares } from '../../src/observe/metrics/busy-shares.js';
import { readiness } from '../../src/observe/metrics/health.js';
import { parseStat, parseUnits, ProcessFiles } from '../../src/observe/metrics/process-reading.js';
import { queueAgeSeconds } from '../../src/observe/metrics/queue-metrics.js';
import type { MetricsReading, QueueReading } from '../../src/observe/metrics/reading.js';
import { saturation } from '../../src/observe/metrics/saturation.js';

test('a loop is as busy as it has run since the last scrape; nothing is known at the first', () => {
  const shares = new BusyShares();
  assert.deepEqual([...shares.read([{ key: '7', seconds: 3 }], 100)], []);
  const later = shares.read(
    [
      { key: '7', seconds: 5 },
      { key: '8', seconds: 1 },
    ],
    110,
  );
  assert.deepEqual([...later], [['7', 0.2]]);
  const last = shares.read(
    [
      { key: '7', seconds: 5 },
      { key: '8', seconds: 20 },
    ],
    120,
  );
  assert.deepEqual(
    [...last],
    [
      ['7', 0],
      ['8', 1],
    ],
  );
});

test('a scrape that follows within a second gets the shares of the one before', () => {
  const shares = new BusyShares();
  shares.read([{ key: '7', seconds: 0 }], 100);
  shares.read([{ key: '7', seconds: 5 }], 110);
  assert.deepEqual([...shares.read([{ key: '7', seconds: 5.9 }], 110.9)], [['7', 0.5]]);
  assert.deepEqual([...shares.read([{ key: '7', seconds: 6 }], 111)], [['7', 1]]);
});

test('the saturation is the mean of what is fullest in each serving slot', () => {
  const idle = { serves: true, stuck: false, busyShare: 0.2, queues: [{ queued: 0, limit: 100 }] };
  assert.equal(saturation([idle, { ...idle, busyShare: 0.6 }]), 0.4);
  assert.equal(saturation([{ ...idle, queues: [{ queued: 90, limit: 100 }] }]), 0.9);
  assert.equal(saturation([{ ...idle, queues: [{ queued: 101, limit: 100 }] }]), 1);
  assert.equal(saturation([{ ...idle, stuck: true, busyShare: null }]), 1);
  assert.equal(saturation([idle, { ...idle, serves: false, busyShare: 1 }]), 0.2);
  assert.equal(saturation([{ ...idle, busyShare: null }]), null);
  assert.equal(saturation([]), null);
});

test('a queue grows old only while its loop does not come to look', () => {
  const queue: QueueReading = { address: '[::]:80', slot: 1, queued: 3, limit: 10, drops: 0 };
  const age = (queued: number, slot: { serves: boolean; stuck: boolean; busySinceNs: number }) => {
    const { serves, stuck, busySinceNs } = slot;
    const slots = [{ slot: 1, serves, stuck, row: { busySinceNs, lastPollNs: 4e9 } }];
    return queueAgeSeconds({ ...queue, queued }, { slots, nowNs: 10e9 } as unknown as MetricsReading);
  };
  assert.equal(age(3, { serves: true, stuck: false, busySinceNs: 8e9 }), 2);
  assert.equal(age(0, { serves: true, stuck: true, busySinceNs: 8e9 }), 0);
  assert.equal(age(3, { serves: true, stuck: false, busySinceNs: 0 }), 0);
  assert.equal(age(3, { serves: true, stuck: true, busySinceNs: 0 }), 6);
  assert.equal(age(3, { serves: false, stuck: false, busySinceNs: 0 }), 6);
});

test('what a process has used is found behind a name with brackets and blanks', () => {
  const fields = Array.from({ length: 50 }, (_, index) => String(index + 3));
  const stat = `42 (a) b) ${fields.join(' ')}\n`;
  assert.deepEqual(parseStat(stat, { pageBytes: 4096, ticksPerSecond: 100 }), {
    cpuSeconds: 0.29,
    rssBytes: 24 * 4096,
    isStopped: false,
  });
});

test('page size and clock ticks come from the auxiliary vector', () => {
  const vector = Buffer.alloc(48);
  [6n, 65_536n, 17n, 250n, 0n, 0n].forEach((word, index) => vector.writeBigUInt64LE(word, index * 8));
  assert.deepEqual(parseUnits(vector), { pageBytes: 65_536, ticksPerSecond: 250 });
});

test('a living process has used something, one that is not there nothing', () => {
  const files = new ProcessFiles();
  const own = files.read(process.pid);
  assert.ok(own !== null && own.rssBytes > 1e6 && own.cpuSeconds >= 0);
  assert.ok(own.loopSeconds === null || own.loopSeconds > 0);
  assert.equal(files.read(2 ** 22 + 1), null);
  files.retain(new Set());
});

test('the service is ready while it runs and every address has a worker, and says why it is not', () => {
  const [a, b] = ['[::]:80', '[::]:81'].map((address) => ({ address, readyWorkers: 2 }));
  assert.ok(a !== undefined && b !== undefined);
  assert.equal(readiness('running', 2, [a, b]).ok, true);
  assert.deepEqual(readiness('stopping', 2, [a]).body['why'], ['the service is stopping']);
  assert.deepEqual(readiness('running', 0, []).body['why'], ['no worker is ready']);
  const without = readiness('running', 2, [a, { ...b, readyWorkers: 0 }]);
  assert.equal(without.ok, false);
  assert.deepEqual(without.body['why'], ['no worker that is ready listens on [::]:81']);
});
