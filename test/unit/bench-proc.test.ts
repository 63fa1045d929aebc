import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

import { knowsReusePort } from '../../bench/node-binary.js';
import { contrast } from '../../bench/contest.js';
import { parseBenchOptions, UsageError } from '../../bench/options.js';
import { cpuBetween, isAlive, parseStat, processTree } from '../../bench/process-tree.js';
import { normalizeResponse } from '../../bench/response.js';
import { parseCpuTicks, parseNetstat } from '../../bench/system.js';

const stat = (pid: number, startTicks: number, cpuMicros: number) => ({ pid, parentPid: 1, startTicks, cpuMicros });

const answer = (worker: number, second: number, body: string) =>
  normalizeResponse(`HTTP/1.1 200 OK\r\nx-worker: ${worker}\r\nDate: Sat, 0${second}\r\n\r\n${body}`);

test('a stat line is read past a command name with spaces and parentheses', () => {
  const rest = 'S 7 1 1 0 -1 4194560 1 0 0 0 12 30 0 0 20 0 11 0 4711 1 1';
  const expected = { pid: 42, parentPid: 7, startTicks: 4711, cpuMicros: 420_000 };
  assert.deepEqual(parseStat(`42 (a) R (b c) ${rest}`), expected);
});

test('a process tree begins with its root and has what the root started, and ends with it', async () => {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  const [self, ...others] = processTree(process.pid);
  assert.equal(self?.pid, process.pid);
  const stat = others.find(({ pid }) => pid === child.pid);
  assert.ok(stat !== undefined && isAlive(stat));
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(isAlive(stat), false);
});

test('CPU time of a process that came in between counts whole, also under a pid used before', () => {
  const before = [stat(1, 10, 500), stat(2, 10, 900)];
  const after = [stat(1, 10, 800), stat(2, 99, 70)];
  assert.deepEqual(cpuBetween(before, after), [
    { pid: 1, cpuMicros: 300 },
    { pid: 2, cpuMicros: 70 },
  ]);
});

test('counters are found by their names', () => {
  const netstat = 'TcpExt: A ListenOverflows B\nTcpExt: 1 22 3\nIpExt: ListenOverflows\nIpExt: 9\n';
  assert.equal(parseNetstat(netstat, 'TcpExt', 'ListenOverflows'), 22);
  assert.equal(parseNetstat(netstat, 'TcpExt', 'Missing'), 0);
  assert.deepEqual(parseCpuTicks('cpu  1 2 3 4 5 6 7 8 100 100\ncpu0 1'), { total: 36, steal: 8 });
});

test('answers are equal when only Date and worker differ, and different otherwise', () => {
  assert.equal(answer(7, 1, 'x').normalized, answer(12_345, 2, 'x').normalized);
  assert.notEqual(answer(7, 1, 'x').normalized, answer(7, 1, 'y').normalized);
  assert.equal(answer(7, 1, 'x').worker, '7');
});

test('reusePort is known from 22.12 and 23.1 on', () => {
  const known = ['20.20.2', '22.11.0', '22.12.0', '23.0.0', '23.1.0', '24.0.0'].filter(knowsReusePort);
  assert.deepEqual(known, ['22.12.0', '23.1.0', '24.0.0']);
});

test('options out of their range are refused by name', () => {
  assert.throws(() => parseBenchOptions(contrast, ['--rounds', '0']), UsageError);
  assert.throws(() => parseBenchOptions(contrast, ['--workers', '2.5']), /--workers: expected an integer from 1 to 64/);
  assert.throws(() => parseBenchOptions(contrast, ['--only', 'cluster-rr,nginx']), /no rival "nginx"/);
  assert.throws(() => parseBenchOptions(contrast, ['--fast']), UsageError);
  assert.equal(parseBenchOptions(contrast, ['--quick'])?.rounds, 5);
});
