// What the lab reads in the reports of load generators of others.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { noFailures } from '../../bench/closed-loop/closed-loop.js';
import { childrenTimes, closedLoops } from '../../bench/closed-loop/run.js';

const load = { host: '127.0.0.1', port: 8080, connections: 64, threads: 2, newConnections: false, seconds: 3 };
const isNew = { ...load, newConnections: true };
const URL = 'http://127.0.0.1:8080/';

test('wrk: rate, answers and failures by kind', () => {
  const { words, read } = closedLoops.wrk;
  assert.deepEqual(words(load), ['-c', '64', '-t', '2', '-d', '3s', URL]);
  assert.deepEqual(words(isNew), ['-c', '64', '-t', '2', '-d', '3s', '-H', 'Connection: close', URL]);
  const report = `Running 3s test @ http://127.0.0.1:8080/
  2 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     4.36ms   14.55ms 110.82ms   92.68%
    Req/Sec    27.33k     7.28k   35.41k    60.00%
  27942 requests in 3.05s, 4.32MB read
  Socket errors: connect 1, read 2, write 3, timeout 4
  Non-2xx or 3xx responses: 42
Requests/sec:   9161.31
Transfer/sec:      4.12MB
`;
  assert.deepEqual(read(report), {
    ratePerSecond: 9161.31,
    completed: 27_900,
    failures: { ...noFailures, refused: 1, reset: 5, timeout: 4, status: 42 },
  });
  assert.throws(() => read('unable to connect'), /wrk: no rate in its report: unable to connect/);
});

test('h2load: over HTTP/1.1, on kept connections only', () => {
  const { words, read } = closedLoops.h2load;
  assert.deepEqual(words(load), ['--h1', '-c', '64', '-t', '2', '-D', '3', URL]);
  assert.match(String(words(isNew)), /^h2load opens no connection for each request/);
  const report = `finished in 1.01s, 37333.00 req/s, 5.77MB/s
requests: 37339 total, 37365 started, 37338 done, 37333 succeeded, 5 failed, 2 errored, 1 timeout
status codes: 37333 2xx, 0 3xx, 2 4xx, 1 5xx
`;
  const failures = { ...noFailures, status: 3, timeout: 1, other: 1 };
  assert.deepEqual(read(report), { ratePerSecond: 37_333, completed: 37_333, failures });
});

test('autocannon: its JSON, on kept connections only', () => {
  const { words, read } = closedLoops.autocannon;
  assert.deepEqual(words(load).slice(-1), [URL]);
  assert.match(String(words(isNew)), /^autocannon does not count/);
  const report = { duration: 2, '2xx': 3_000, non2xx: 4, errors: 5, timeouts: 3, requests: { total: 3_004 } };
  const failures = { ...noFailures, status: 4, timeout: 3, other: 2 };
  assert.deepEqual(read(JSON.stringify(report)), { ratePerSecond: 1_500, completed: 3_000, failures });
});

test('oha: its JSON; what the deadline cut is no failure', () => {
  const { words, read } = closedLoops.oha;
  assert.deepEqual(words(isNew).slice(-2), ['--disable-keepalive', URL]);
  const report = {
    summary: { successRate: 1, total: 2, requestsPerSec: 1_550 },
    statusCodeDistribution: { '200': 3_000, '503': 7 },
    errorDistribution: { 'aborted due to deadline': 64, 'connection error: reset': 2 },
  };
  const failures = { ...noFailures, status: 7, other: 2 };
  assert.deepEqual(read(JSON.stringify(report)), { ratePerSecond: 1_500, completed: 3_000, failures });
});

test('CPU of what a shell has waited for, as each shell writes it', () => {
  const said = 'warning of the program\n0m0.000000s 0m0.000000s\n1m0.270000s 0m0.02s\n';
  assert.deepEqual(childrenTimes(said), { userNs: 60.27e9, systemNs: 0.02e9 });
  assert.throws(() => childrenTimes('sh: times: not found'), /no times/);
});
