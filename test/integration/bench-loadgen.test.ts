import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { test } from 'node:test';

import { freePort } from '../../bench/free-port.js';
import { runLoad } from '../../bench/load/loadgen.js';
import type { LoadOptions } from '../../bench/load/loadgen.js';
import { loadgenFile } from '../../bench/paths.js';
import { mergeHistograms } from '../../bench/report/histogram.js';

const skip = existsSync(loadgenFile) ? false : 'loadgen is not built: npm run bench builds it';

async function withServer(server: Server, use: (target: string) => Promise<void>): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    await once(server, 'close');
  }
}

const answer: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-length': 6, 'x-worker': '7' });
  response.end('hello\n');
};

const chunked: RequestListener = (_request, response) => {
  response.write('a'.repeat(100_000));
  response.end('end');
};

test('a closed loop by count counts every request once, and each of their connections', { skip }, async () => {
  await withServer(createServer(answer), async (target) => {
    const result = await runLoad({ target, count: 500, connections: 8 });
    assert.equal(result.started, 500);
    assert.equal(result.completed, 500);
    assert.equal(result.completedInWindow, 500);
    assert.equal(result.connectionsOpened, 500);
    assert.deepEqual(result.statuses, { 200: 500 });
    assert.deepEqual(result.connectionsBy, { 7: 500 });
    assert.equal(result.latency.total.count, 500);
    assert.ok(Object.values(result.failures).every((count) => count === 0));
  });
});

test('with k requests for each connection a k-th of the connections is opened', { skip }, async () => {
  await withServer(createServer(answer), async (target) => {
    const result = await runLoad({ target, count: 400, connections: 1, requestsPerConnection: 10 });
    assert.equal(result.completed, 400);
    assert.equal(result.connectionsOpened, 40);
    assert.deepEqual(result.connectionsBy, { 7: 40 });
    assert.deepEqual(result.responsesBy, { 7: 400 });
  });
});

test('a chunked answer is read to its end', { skip }, async () => {
  await withServer(createServer(chunked), async (target) => {
    const result = await runLoad({ target, count: 20, connections: 2, requestsPerConnection: 0 });
    assert.equal(result.completed, 20);
    assert.equal(result.connectionsOpened, 2);
    assert.ok(result.bytesReceived > 20 * 100_003);
  });
});

test('its percentiles are those of its buckets', { skip }, async () => {
  await withServer(createServer(answer), async (target) => {
    const { latency } = await runLoad({ target, count: 300, connections: 4 });
    assert.deepEqual(mergeHistograms([latency.total]), latency.total);
  });
});

for (const [requestsPerConnection, stallMs, ratePerSecond] of [
  [1, 300, 200],
  [0, 300, 200],
  [1, 100, 600],
  [0, 100, 600],
] as const) {
  const how = requestsPerConnection === 1 ? 'new connections' : 'long-lived connections';
  test(
    `an open loop over ${how} shows a stall of ${stallMs} ms in full, in every request that was due in it`,
    { skip },
    async () => {
      let served = 0;
      const stalling: RequestListener = (request, response) => {
        if (++served === 20) {
          const end = performance.now() + stallMs;
          while (performance.now() < end);
        }
        answer(request, response);
      };
      await withServer(createServer(stalling), async (target) => {
        const load = { target, count: 200, ratePerSecond, connections: 4, requestsPerConnection, sources: 8 };
        const { latency, completed, elapsedNs } = await runLoad(load);
        assert.equal(completed, 200);
        // Paced by the clock: the last request is due 199 intervals after the first, whatever the server did.
        assert.ok(elapsedNs >= (199 / ratePerSecond) * 1e9, `took ${elapsedNs} ns`);
        assert.ok(latency.total.maxNs >= (stallMs - 5) * 1e6, `max ${latency.total.maxNs} ns`);
        // A closed loop of 4 would show 4 slow requests. Due in the second half of the stall: 30, and all wait over a third.
        const slow = latency.total.buckets.filter(([index]) => index > bucketOfNs((stallMs / 3) * 1e6));
        const slowCount = slow.reduce((sum, [, count]) => sum + count, 0);
        assert.ok(slowCount >= 30, `${slowCount} slow requests`);
      });
    },
  );
}

/** Index of the bucket of a value of 128 or more, as in histogram.cpp with 7 bits. */
function bucketOfNs(valueNs: number): number {
  const shift = Math.floor(Math.log2(valueNs)) - 6;
  return shift * 64 + Math.floor(valueNs / 2 ** shift);
}

test(
  'a timeline has each request in the step in which it was due, however late it was answered',
  { skip },
  async () => {
    let served = 0;
    const stalling: RequestListener = (request, response) => {
      if (++served === 20) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250);
      answer(request, response);
    };
    await withServer(createServer(stalling), async (target) => {
      const load = { target, durationMs: 400, ratePerSecond: 200, connections: 256, timelineMs: 100 };
      const { timeline, completed, latency } = await runLoad(load);
      assert.equal(timeline.stepMs, 100);
      assert.equal(timeline.steps.length, 4);
      // 20 in each, and one more or less where a request was due at the very border.
      for (const step of timeline.steps) assert.ok(Math.abs(step.completed - 20) <= 1, JSON.stringify(timeline.steps));
      const total = (of: (step: (typeof timeline.steps)[number]) => number): number =>
        timeline.steps.reduce((sum, step) => sum + of(step), 0);
      assert.equal(total((step) => step.completed), completed); // prettier-ignore
      assert.equal(total((step) => step.connectionsBy['7'] ?? 0), completed); // prettier-ignore
      assert.equal(total((step) => step.failed), 0); // prettier-ignore
      assert.equal(Math.max(...timeline.steps.map(({ maxNs }) => maxNs)), latency.total.maxNs);
    });
  },
);

test('a timeline counts what failed in the step in which it was due', { skip }, async () => {
  const target = `127.0.0.1:${await freePort('127.0.0.1')}`;
  const { timeline, failures } = await runLoad({ target, durationMs: 100, ratePerSecond: 100, timelineMs: 50 });
  assert.ok(failures.refused >= 9, `${failures.refused} refused`);
  assert.equal(timeline.steps.reduce((sum, { failed }) => sum + failed, 0), failures.refused); // prettier-ignore
});

test('a refused connection is a failure of that kind', { skip }, async () => {
  const { failures, completed } = await runLoad({
    target: `127.0.0.1:${await freePort('127.0.0.1')}`,
    count: 3,
    connections: 1,
  });
  assert.equal(failures.refused, 3);
  assert.equal(completed, 0);
});

const misbehaviours: Record<string, (socket: Socket) => void> = {
  reset: (socket) => socket.resetAndDestroy(),
  short: (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello'),
  malformed: (socket) => socket.end('SMTP ready\r\n\r\n'),
  status: (socket) => socket.end('HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n'),
  timeout: () => {},
};

for (const [kind, misbehave] of Object.entries(misbehaviours)) {
  test(`what fails as "${kind}" is counted as that and as nothing else`, { skip }, async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => misbehave(socket));
    });
    await withServer(server, async (target) => {
      const { failures, started, completed } = await runLoad({ target, count: 3, connections: 1, timeoutMs: 200 });
      assert.equal(started, 3);
      assert.equal(completed, kind === 'status' ? 3 : 0);
      const counted = Object.entries(failures).filter(([, count]) => count > 0);
      assert.deepEqual(counted, [[kind, 3]]);
    });
  });
}

/** Addresses and ports that a server sees, in the order in which connections come, one after the other. */
async function clientsOf(options: Omit<LoadOptions, 'target'>): Promise<{ address: string; port: number }[]> {
  const clients: { address: string; port: number }[] = [];
  const server = createServer(answer);
  server.on('connection', ({ remoteAddress = '', remotePort = 0 }) =>
    clients.push({ address: remoteAddress, port: remotePort }),
  );
  await withServer(server, async (target) => {
    const { completed } = await runLoad({ target, connections: 1, ...options });
    assert.equal(completed, options.count);
  });
  return clients;
}

test(
  'a heavy hitter has its part of any number of connections, the other addresses share the rest',
  { skip },
  async () => {
    const clients = await clientsOf({ count: 100, sources: 5, firstSource: '127.2.0.1', heavyPercent: 60 });
    const counts = [1, 2, 3, 4, 5].map((last) => clients.filter(({ address }) => address === `127.2.0.${last}`).length);
    assert.deepEqual(counts, [60, 10, 10, 10, 10]);
    assert.equal(clients.slice(0, 10).filter(({ address }) => address === '127.2.0.1').length, 6);
  },
);

test('source ports come in turn, a round of the addresses with each, and can come again', { skip }, async () => {
  // Below the ports that the kernel gives away, so that none of them is taken.
  const firstPort = 20_000 + (process.pid % 1_000) * 10;
  const ports = { ports: 3, firstPort, firstSource: '127.2.1.1' };
  const clients = await clientsOf({ count: 12, sources: 2, ...ports });
  const expected = [0, 0, 1, 1, 2, 2].map((step, index) => ({
    address: `127.2.1.${(index % 2) + 1}`,
    port: firstPort + step,
  }));
  assert.deepEqual(clients, [...expected, ...expected]);
});

test('a burst is due at one moment, and the rate stays', { skip }, async () => {
  await withServer(createServer(answer), async (target) => {
    const load = { target, durationMs: 350, ratePerSecond: 100, burst: 10, connections: 16, timelineMs: 100 };
    const { timeline, completed } = await runLoad(load);
    assert.equal(completed, 40);
    assert.deepEqual(timeline.steps.map((step) => step.completed), [10, 10, 10, 10]); // prettier-ignore
  });
});

test('bursts on connections that stay: each is used, and none is opened for one', { skip }, async () => {
  await withServer(createServer(answer), async (target) => {
    const load = { target, count: 60, ratePerSecond: 300, burst: 20, connections: 20, requestsPerConnection: 0 };
    const { completed, connectionsOpened, connectionsBy } = await runLoad(load);
    assert.equal(completed, 60);
    assert.equal(connectionsOpened, 20);
    assert.deepEqual(connectionsBy, { 7: 20 });
  });
});

test('ports without room, or for IPv6, are refused', { skip }, async () => {
  const target = '127.0.0.1:80';
  await assert.rejects(
    runLoad({ target, count: 1, firstPort: 65_000, ports: 1_000 }),
    /--ports: there are not so many/,
  );
  await assert.rejects(runLoad({ target: '[::1]:80', count: 1, ports: 5 }), /--ports: only for an IPv4 target/);
});

test('a target outside loopback is refused', { skip }, async () => {
  await assert.rejects(runLoad({ target: '192.0.2.1:80', count: 1 }), /not loopback/);
  await assert.rejects(runLoad({ target: '[2001:db8::1]:80', count: 1 }), /not loopback/);
});
