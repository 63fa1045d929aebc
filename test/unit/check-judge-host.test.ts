import assert from 'node:assert/strict';
import { it } from 'node:test';
import { maskOf } from '../../src/check/judge-host.js';
import { known } from '../../src/check/reading.js';
import type { CheckStatus } from '../../src/check/rows.js';
import { GOOD, HIDDEN, rowOf } from '../helpers/check-readings.js';

const backlogs: [number, CheckStatus][] = [
  [65_535, 'ok'],
  [4096, 'ok'],
  [4095, 'notice'],
  [128, 'notice'],
  [127, 'problem'],
];
for (const [somaxconn, status] of backlogs) {
  it(`a somaxconn of ${somaxconn} is ${status}`, () => {
    const row = rowOf({ ...GOOD, somaxconn: known(somaxconn) }, 'somaxconn');
    assert.equal(row.status, status);
    assert.equal(row.value, String(somaxconn));
    assert.deepEqual(row.mend, status === 'ok' ? [] : ['sysctl -w net.core.somaxconn=4096']);
  });
}

it('tcp_max_syn_backlog is looked at only where SYN cookies are off', () => {
  const low = { ...GOOD, maxSynBacklog: known(128) };
  assert.equal(rowOf(low, 'tcp-max-syn-backlog').status, 'ok');
  const bare = { ...low, synCookies: known(0) };
  const row = rowOf(bare, 'tcp-max-syn-backlog');
  assert.equal(row.status, 'notice');
  assert.match(row.meaning, /beyond 96 handshakes/);
  assert.deepEqual(row.mend, ['sysctl -w net.ipv4.tcp_syncookies=1', 'sysctl -w net.ipv4.tcp_max_syn_backlog=8192']);
});

it('tcp_max_syn_backlog is high enough when three quarters of it are the backlog', () => {
  const off = { ...GOOD, synCookies: known(0) };
  assert.equal(rowOf({ ...off, maxSynBacklog: known(8192) }, 'tcp-max-syn-backlog').status, 'ok');
  assert.equal(rowOf({ ...off, maxSynBacklog: known(4096) }, 'tcp-max-syn-backlog').status, 'notice');
  const cut = { ...off, maxSynBacklog: known(4096), somaxconn: known(1024) };
  assert.equal(rowOf(cut, 'tcp-max-syn-backlog').status, 'ok');
});

it('SYN cookies are to be 1', () => {
  const statuses = [0, 1, 2].map((value) => rowOf({ ...GOOD, synCookies: known(value) }, 'tcp-syncookies').status);
  assert.deepEqual(statuses, ['notice', 'ok', 'notice']);
});

const limits: [number, number, CheckStatus][] = [
  [Infinity, Infinity, 'ok'],
  [8192, 8192, 'ok'],
  [4096, 4096, 'notice'],
  [1024, 1024, 'problem'],
  [256, 4096, 'problem'],
];
for (const [soft, hard, status] of limits) {
  it(`${soft} open files of ${hard} are ${status}`, () => {
    const row = rowOf({ ...GOOD, openFiles: known({ soft, hard }) }, 'open-files');
    assert.equal(row.status, status);
    assert.equal(row.mend.length, status === 'ok' ? 0 : 3);
    assert.ok(!row.value.includes('Infinity'));
  });
}

it('a network card whose packets one of several processors handles is named, with both ways to spread them', () => {
  const cards = known([
    { name: 'eth0', receiveQueues: 1, rps: false },
    { name: 'eth1', receiveQueues: 1, rps: true },
    { name: 'eth2', receiveQueues: 8, rps: false },
  ]);
  const row = rowOf({ ...GOOD, cards }, 'receive-queues');
  assert.equal(row.status, 'notice');
  assert.equal(row.value, 'eth0 1, eth1 1 with RPS, eth2 8');
  assert.deepEqual(row.mend, [
    'echo f > /sys/class/net/eth0/queues/rx-0/rps_cpus',
    'ethtool -L eth0 combined 4  # where the card has so many queues',
  ]);
});

it('one queue is enough for one processor, and no card is none of our business', () => {
  const cards = known([{ name: 'eth0', receiveQueues: 1, rps: false }]);
  assert.equal(rowOf({ ...GOOD, cards, online: known([0]) }, 'receive-queues').status, 'ok');
  assert.equal(rowOf({ ...GOOD, cards: known([]) }, 'receive-queues').status, 'ok');
  // Where the list of processors is hidden, those that we may use are counted.
  assert.equal(rowOf({ ...GOOD, cards, online: HIDDEN.online }, 'receive-queues').status, 'notice');
});

it('a mask of processors is written in groups of 32', () => {
  assert.deepEqual([1, 4, 32, 33, 64, 72].map(maskOf), [
    '1',
    'f',
    'ffffffff',
    '1,ffffffff',
    'ffffffff,ffffffff',
    'ff,ffffffff,ffffffff',
  ]);
});

it('RFS is told and never blamed', () => {
  assert.deepEqual(rowOf(GOOD, 'receive-flow-steering').value, 'off');
  assert.equal(rowOf({ ...GOOD, flowEntries: known(32_768) }, 'receive-flow-steering').value, '32768 flows');
});

it('a limit of the control group is told with the workers of auto, which obeys it', () => {
  const row = rowOf({ ...GOOD, host: { ...GOOD.host, workers: 2 }, quota: known(1.5) }, 'workers');
  assert.deepEqual([row.status, row.value, row.mend], ['ok', '2 workers', []]);
  assert.match(row.meaning, /as the control group allows the time of: 1\.5\./);
  const single = { ...GOOD, host: { ...GOOD.host, workers: 1 }, quota: known(0.5) };
  assert.deepEqual([rowOf(single, 'workers').status, rowOf(single, 'workers').value], ['ok', '1 worker']);
});

it('where /proc and /sys are hidden, every row that needs them is unknown, and says which file is missing', () => {
  const needing = [
    'somaxconn',
    'tcp-max-syn-backlog',
    'tcp-syncookies',
    'tcp-migrate-req',
    'open-files',
    'receive-queues',
    'receive-flow-steering',
    'workers',
  ] as const;
  for (const id of needing) {
    const row = rowOf(HIDDEN, id);
    assert.equal(row.status, 'unknown', id);
    assert.match(`${row.value} ${row.meaning}`, /no such file/, id);
  }
});
