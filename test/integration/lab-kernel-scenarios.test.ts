// Scenarios of `reuseport bench` about the kernel's own doings: what their figures mean, and never how fast anything was.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cookies } from '../../bench/lab/scenarios/cookies.js';
import { fastOpen } from '../../bench/lab/scenarios/fast-open.js';
import { programs } from '../../bench/lab/scenarios/programs.js';
import { silent } from '../../bench/lab/scenarios/silent.js';
import { wave } from '../../bench/lab/scenarios/wave.js';
import { whyNoDeferAccept } from '../../bench/network/server-sockets.js';
import { failedRequests } from '../../bench/report/sample.js';
import { skip as notBuilt, smokeOf, withNetwork, withPrograms } from '../helpers/lab-smoke.js';

const withOption = notBuilt || (whyNoDeferAccept() ?? false);
const withBoth = withNetwork || withPrograms;

const IN_TURN = 'round-robin@rescue-after=0ms';

test(
  'wave: every client is of one worker, and turns spread those who come at once',
  { skip: withPrograms },
  async () => {
    const { samples } = await smokeOf(wave, [IN_TURN]);
    assert.deepEqual(samples.map(({ variant }) => variant), ['opened one after the other', 'opened in one moment']); // prettier-ignore
    for (const { byWorker, numbers } of samples) {
      assert.deepEqual(byWorker, [8, 8, 8, 8]);
      assert.equal(numbers['most on one'], 8);
      assert.ok((numbers['slowest ms'] ?? 0) > 0);
    }
  },
);

test(
  'silent: a worker holds who has connected, or the kernel does until they speak',
  { skip: withOption },
  async () => {
    const { samples } = await smokeOf(silent, ['plain']);
    assert.deepEqual(samples.map(({ numbers }) => numbers['held']), [40, 0]); // prettier-ignore
    for (const { numbers, byWorker } of samples) {
      assert.equal(
        byWorker?.reduce((sum, count) => sum + count, 0),
        40,
      );
      // Nobody but the stuck worker could answer them.
      assert.equal((numbers['waited'] ?? 0) > 0, (numbers['slowest ms'] ?? 0) >= 500);
    }
  },
);

test('cookies: one for each connection, chosen for twice and counted once', { skip: withBoth }, async () => {
  const { samples, asExpected, finding } = await smokeOf(cookies, [IN_TURN]);
  const rounded = (key: string): number[] => samples.map(({ numbers }) => Math.round(numbers[key] ?? Number.NaN));
  assert.deepEqual(rounded('cookies'), [0, 1]);
  assert.deepEqual(rounded('runs'), [1, 2]);
  for (const sample of samples) {
    assert.equal(failedRequests(sample), 0);
    assert.equal(sample.numbers['left'], 0);
    assert.deepEqual(sample.byWorker, [250, 250, 250, 250]);
  }
  assert.equal(asExpected, true, finding ?? '');
});

test('fast-open: the requests come in the SYN, a round trip earlier', { skip: withNetwork }, async () => {
  const { samples } = await smokeOf(fastOpen, ['plain']);
  const [after, inside] = samples;
  assert.equal(after?.numbers['in SYN %'], 0);
  // A SYN that is sent again comes without.
  assert.ok((inside?.numbers['in SYN %'] ?? 0) > 90, `${inside?.numbers['in SYN %']} %`);
  for (const sample of samples) assert.equal(failedRequests(sample), 0);
  assert.ok((after?.latency?.minNs ?? 0) >= 40e6, 'two round trips of 20 ms');
  assert.ok((inside?.latency?.minNs ?? 0) >= 20e6, 'one');
});

test('programs: a run for each connection, and its time', { skip: withPrograms }, async () => {
  const { samples } = await smokeOf(programs, ['idle']);
  assert.deepEqual(samples.map(({ x }) => x), [2, 64]); // prettier-ignore
  for (const { numbers, completed } of samples) {
    assert.ok((numbers['ns/run'] ?? 0) > 0);
    assert.ok(Math.round((numbers['runs/conn'] ?? 0) * completed) >= completed);
  }
});
