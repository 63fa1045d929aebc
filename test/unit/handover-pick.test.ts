import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { pickConnections } from '../../src/worker/handover/pick.js';

const counted = (...requests: number[]) =>
  requests.map((count, index) => ({ connection: index, requests: count, canGo: true }));

test('about equal connections are halved', () => {
  assert.equal(pickConnections(counted(101, 99, 102, 98, 100, 100, 103, 97), [0.5])[0]?.length, 4);
});

test('of two one goes, also where it carries a little more than half', () => {
  assert.deepEqual(pickConnections(counted(510, 490), [0.5]), [[0]]);
});

test('one that carries more than the part stays, and others go instead', () => {
  assert.deepEqual(pickConnections(counted(900, 60, 40), [0.5]), [[1, 2]]);
  assert.deepEqual(pickConnections(counted(1000), [0.5]), [[]]);
});

test('what cannot be handed over counts, and stays', () => {
  const all = counted(100, 100, 100, 100).map((one) => ({ ...one, canGo: one.connection > 1 }));
  assert.deepEqual(pickConnections(all, [0.25]), [[2]]);
});

test('several receivers get their parts', () => {
  assert.deepEqual(pickConnections(counted(40, 30, 20, 10), [0.4, 0.3]), [[0], [1]]);
});

test('nobody gets clearly more than the part, nothing goes twice, and something stays', () => {
  const requests = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 40 });
  const part = fc.double({ min: 0.05, max: 0.2, noNaN: true });
  fc.assert(
    fc.property(requests, fc.array(part, { minLength: 1, maxLength: 4 }), (counts, parts) => {
      const total = counts.reduce((sum, count) => sum + count, 0);
      const picked = pickConnections(counted(...counts), parts);
      for (const [index, connections] of picked.entries()) {
        const sum = connections.reduce((all, connection) => all + (counts[connection] ?? 0), 0);
        assert.ok(sum <= (parts[index] ?? 0) * total * 1.1 + 1e-9);
      }
      const all = picked.flat();
      assert.equal(new Set(all).size, all.length);
      assert.ok(all.length < counts.length);
    }),
  );
});
