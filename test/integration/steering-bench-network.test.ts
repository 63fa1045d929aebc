import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import { createDelayedNetwork } from '../../bench/network/delayed-network.js';
import { whyNoNamespaces } from '../../bench/network/namespaces.js';
import { delayLineFile, loadgenFile } from '../../bench/paths.js';
import { isAlive, processTree } from '../../bench/process-tree.js';
import { rivalNamed } from '../../bench/steering/rivals.js';
import { SteeringServer } from '../../bench/steering/steering-server.js';

const missing = [loadgenFile, delayLineFile].find((file) => !existsSync(file));
const skip =
  missing === undefined ? (whyNoNamespaces() ?? false) : `${missing} is not built: npm run bench:steering builds it`;

const ROUND_TRIP_MS = 20;

const namespacesHere = (): string[] =>
  existsSync('/run/netns')
    ? readdirSync('/run/netns').filter((name) => name.startsWith(`reuseport-bench-${process.pid}-`))
    : [];

test(
  'a network of its own delays each way, loses nothing, uses many sources, and is gone afterwards',
  { skip },
  async () => {
    const network = await createDelayedNetwork({ roundTripMs: ROUND_TRIP_MS, lossPercent: 0 });
    if (typeof network === 'string') assert.fail(network);
    assert.equal(namespacesHere().length, 2);
    const before = processTree(process.pid).slice(1);
    try {
      const server = await SteeringServer.start(rivalNamed('shared'), network.place, 2, () => {});
      try {
        const load = await server.load({ ratePerSecond: 100, count: 50, connections: 50, durationMs: 2_000 });
        assert.equal(load.completed, 50);
        // One round trip for the connection and one for the request; nothing can be faster.
        assert.ok(load.latency.connect.minNs >= ROUND_TRIP_MS * 1e6, `connect ${load.latency.connect.minNs} ns`);
        assert.ok(load.latency.total.minNs >= 2 * ROUND_TRIP_MS * 1e6, `total ${load.latency.total.minNs} ns`);
      } finally {
        await server.stop();
      }
    } finally {
      const line = await network.close();
      for (const way of line === undefined ? [] : [line.there, line.back]) {
        assert.ok(way.delivered >= 100, `${way.delivered} packets`);
        assert.deepEqual([way.lost, way.overflowed, way.refused], [0, 0, 0]);
      }
    }
    assert.deepEqual(namespacesHere(), []);
    assert.deepEqual(before.filter(isAlive), []);
  },
);

test('a line that loses packets makes a connection wait for a retransmission', { skip }, async () => {
  const network = await createDelayedNetwork({ roundTripMs: 2, lossPercent: 15 });
  if (typeof network === 'string') assert.fail(network);
  try {
    const server = await SteeringServer.start(rivalNamed('shared'), network.place, 1, () => {});
    try {
      const load = await server.load({ count: 30, connections: 30, timeoutMs: 20_000 });
      assert.equal(load.started, 30);
      assert.ok(load.latency.total.maxNs > 200e6, `max ${load.latency.total.maxNs} ns`);
    } finally {
      await server.stop();
    }
  } finally {
    await network.close();
  }
  assert.deepEqual(namespacesHere(), []);
});
