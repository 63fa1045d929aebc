import assert from 'node:assert/strict';
import { it } from 'node:test';

import { usableProcessors } from '../../src/config/processors.js';
import { formatWorkers, parseRange, resolveCount, resolveWorkers, tooManyLoops } from '../../src/config/workers.js';
import type { Workers } from '../../src/config/workers.js';
import { filesOf } from '../helpers/check-readings.js';

const first = (count: number) => Array.from({ length: count }, (_, index) => index);

const cases: [number | 'auto', number, number | null, number][] = [
  ['auto', 8, null, 8],
  ['auto', 128, null, 64],
  ['auto', 0, null, 1],
  ['auto', 8, 2, 2],
  ['auto', 8, 1.5, 2],
  ['auto', 8, 0.5, 1],
  ['auto', 2, 6, 2],
  [3, 8, 1, 3],
];
for (const [asked, processors, quota, expected] of cases) {
  it(`makes ${expected} of ${asked} on ${processors} processors with a limit of ${quota}`, () => {
    assert.equal(resolveCount(asked, { allowed: first(processors), quota }), expected);
  });
}

const byThreads: [number, number | null, number, number][] = [
  [8, null, 4, 2],
  [6, null, 4, 2],
  [2, null, 4, 1],
  [8, 2.5, 2, 2],
  [128, null, 3, 21],
];
for (const [processors, quota, threads, expected] of byThreads) {
  it(`makes ${expected} of auto with ${threads} threads each on ${processors} processors with a limit of ${quota}`, () => {
    assert.equal(resolveCount('auto', { allowed: first(processors), quota }, threads), expected);
  });
}

it('has slots for 64 event loops', () => {
  assert.equal(tooManyLoops(16, 4), null);
  assert.equal(tooManyLoops('auto', 64), null);
  assert.match(tooManyLoops(17, 4) ?? '', /^17 workers of 4 threads are 68 event loops/);
  assert.match(tooManyLoops({ min: 1, max: 33 }, 2) ?? '', /^33 workers of 2 threads/);
});

const ranges: [Workers, number, string][] = [
  [3, 8, '3..3'],
  ['auto', 4, '4..4'],
  [{ min: 2, max: 8 }, 4, '2..8'],
  [{ min: 1, max: 'auto' }, 4, '1..4'],
  [{ min: 'auto', max: 16 }, 4, '4..16'],
  [{ min: 'auto', max: 'auto' }, 4, '4..4'],
  [{ min: 4, max: 'auto' }, 2, '4..4'],
  [{ min: 'auto', max: 2 }, 8, '2..2'],
];
for (const [asked, processors, expected] of ranges) {
  it(`is ${expected} for ${formatWorkers(asked)} on ${processors} processors`, () => {
    assert.equal(formatWorkers(resolveWorkers(asked, { allowed: first(processors), quota: null })), expected);
  });
}

const wrong: [string, string][] = [
  ['4..2', 'write 2..4'],
  ['1..', 'write 1..auto'],
  ['..8', 'write 1..8'],
  ['..', 'each end is an integer from 1 to 64 or auto'],
  ['0..2', 'each end is an integer from 1 to 64 or auto'],
  ['1..65', 'each end is an integer from 1 to 64 or auto'],
  ['a..b', 'each end is an integer from 1 to 64 or auto'],
  ['-1..2', 'each end is an integer from 1 to 64 or auto'],
  ['1..2..3', 'a range has two ends'],
];
for (const [text, problem] of wrong) {
  it(`says of ${text}: ${problem}`, () => {
    assert.equal(parseRange(text), problem);
  });
}

const STATUS = 'Name:\tnode\nCpus_allowed:\t31\nCpus_allowed_list:\t0,4-5\n';
const second = { '/proc/self/cgroup': '0::/web\n', '/sys/fs/cgroup/web/cpu.max': '150000 100000\n' };
const old = {
  '/proc/self/cgroup': '4:cpu,cpuacct:/web\n',
  '/sys/fs/cgroup/cpu,cpuacct/web/cpu.cfs_quota_us': '200000\n',
  '/sys/fs/cgroup/cpu,cpuacct/web/cpu.cfs_period_us': '100000\n',
};

it('reads the processors of the affinity mask, and the limit of either version of control groups', () => {
  const status = { '/proc/self/status': STATUS };
  assert.deepEqual(usableProcessors(8, filesOf({ ...status, ...second })), { allowed: [0, 4, 5], quota: 1.5 });
  assert.deepEqual(usableProcessors(8, filesOf({ ...status, ...old })), { allowed: [0, 4, 5], quota: 2 });
});

it('counts on what Node says where /proc is hidden', () => {
  assert.deepEqual(usableProcessors(3, filesOf({})), { allowed: [0, 1, 2], quota: null });
});
