// What is added up of a reload, and how it is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatReload } from '../../src/cli/show-reload.js';
import { parseKernelCounters, since } from '../../src/supervisor/kernel-counters.js';
import { acceptedBetween, type ReloadReport } from '../../src/supervisor/reload-report.js';

const accepted = (of: Record<number, number>) =>
  new Map(
    Object.entries(of).map(([id, count]) => {
      return [Number(id), { requests: 0, openConnections: 0, accepted: count, loopUtilization: 0 }];
    }),
  );

test('each worker counts from what it had, by what it said last; 3 and 6 did not say one of both', () => {
  const running = { ids: new Set([1, 2, 3, 4, 5, 6]), old: new Set([1, 2, 3, 5, 6]), farewells: new Map([[1, 15]]) };
  const found = acceptedBetween(
    running,
    accepted({ 1: 10, 2: 20, 3: 30, 5: 7 }),
    accepted({ 2: 22, 4: 100, 5: 7, 6: 9 }),
  );
  assert.deepEqual(found, { accepted: 5 + 2 + 100, uncountedWorkers: 2 });
});

const SNMP = `Tcp: RtoMin OutRsts EstabResets
Tcp: 200 7 3
TcpExt: SyncookiesSent ListenOverflows ListenDrops
TcpExt: 0 4 5
`;

test('counters are read by name, and what a kernel lacks counts as nothing', () => {
  const before = parseKernelCounters(SNMP);
  assert.deepEqual(before, {
    resetsSent: 7,
    connectionsReset: 3,
    listenDrops: 5,
    listenOverflows: 4,
    abortsOnClose: 0,
    abortsOnData: 0,
  });
  assert.equal(since(before, parseKernelCounters(SNMP.replace(' 7 3', ' 9 3')))?.resetsSent, 2);
  assert.equal(since(null, before), null);
});

const report: ReloadReport = {
  generation: 2,
  complete: true,
  endedAt: '2025-01-01T00:00:00.000Z',
  workers: 1,
  tookMs: 800,
  accepted: 1,
  uncountedWorkers: 0,
  handedOver: 4,
  stolen: 0,
  migrated: 0,
  longestStuckMs: 0,
  namespace: null,
};

test('what did not happen, and what the kernel does not tell, is not said', () => {
  assert.equal(
    formatReload(report),
    'reloaded: generation 2, 1 worker, 800 ms\n  meanwhile: 1 connection accepted, 4 handed over open',
  );
});

test('rescued connections are told with how long they can have waited, and the namespace as what it is', () => {
  const namespace = parseKernelCounters(SNMP);
  assert.deepEqual(
    formatReload({ ...report, uncountedWorkers: 2, stolen: 2, migrated: 1, longestStuckMs: 40, namespace }).split('\n'),
    [
      'reloaded: generation 2, 1 worker, 800 ms',
      '  meanwhile: 1 connection accepted (without 2 workers that did not say), 4 handed over open',
      '  rescued from queues: 3, of loops that stood still for 40 ms at the most',
      '  this network namespace, by all in it: 7 resets sent, 3 connections reset, 5 dropped by listeners (4 of them for want of room)',
    ],
  );
});
