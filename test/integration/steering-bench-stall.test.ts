import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

import { cliFile, loadgenFile } from '../../bench/paths.js';
import { isAlive, processTree } from '../../bench/process-tree.js';
import type { ProcessStat } from '../../bench/process-tree.js';
import { failedRequests } from '../../bench/report/sample.js';
import { runScenario } from '../../bench/steering/runner.js';
import type { ScenarioProgress } from '../../bench/steering/runner.js';
import { queue } from '../../bench/steering/scenarios/queue.js';
import { stall } from '../../bench/steering/scenarios/stall.js';
import { summarizeScenario } from '../../bench/steering/summary.js';

const missing = [loadgenFile, cliFile].find((file) => !existsSync(file));
const skip = missing === undefined ? false : `${missing} is not built: npm run bench:steering builds it`;

const RATE = 200;
const SECONDS = 1.2;
/** One block at the start and then each 400 ms. */
const BLOCKS = 3;
const plan = {
  rounds: 1,
  quick: true,
  seconds: SECONDS,
  rate: RATE,
  connections: undefined,
  roundTripMs: 0,
  lossPercent: 0,
};

/** Runs it, and asserts that no process of it is left. */
async function run(scenario: ReturnType<typeof stall>, rivals: string[]): Promise<ScenarioProgress> {
  const processes: ProcessStat[] = [];
  const progress = await runScenario(scenario, rivals, {
    onLine: () => processes.push(...processTree(process.pid).slice(1)),
    onRound: async () => {},
    onServer: () => {},
  });
  assert.ok(processes.length > 0);
  assert.deepEqual(processes.filter(isAlive), []);
  return progress;
}

test(
  'a short stall: every request is counted, blocks reach the maximum, an unknown policy is skipped',
  { skip },
  async () => {
    const rivals = ['plain', 'cluster-rr', 'shared', 'hash', 'no-such-policy'];
    const { samples, skipped } = await run(stall(plan), rivals);
    assert.deepEqual([...skipped.keys()], ['no-such-policy']);
    assert.match(skipped.get('no-such-policy') ?? '', /no-such-policy/);
    assert.deepEqual(samples.map(({ rival }) => rival), rivals.slice(0, 4)); // prettier-ignore
    for (const sample of samples) {
      assert.equal(failedRequests(sample), 0, sample.rival);
      assert.equal(sample.latency?.count, RATE * SECONDS, sample.rival);
      assert.equal(sample.completed, RATE * SECONDS + BLOCKS, sample.rival);
      assert.ok(sample.serverCpuMicros > 0 && sample.clientCpuShare > 0, sample.rival);
    }
    // Of about 240 connections each sixth meets a block of its worker, and some of them its beginning.
    const plain = samples.find(({ rival }) => rival === 'plain');
    assert.ok((plain?.latency?.maxNs ?? 0) > 100e6, `max ${plain?.latency?.maxNs} ns`);
    assert.equal(samples.find(({ rival }) => rival === 'hash')?.steer?.used, 'hash');
    assert.equal(summarizeScenario(stall(plan), rivals, samples).length, 4);
  },
);

test(
  'behind a block of 2 s connections wait for it with plain SO_REUSEPORT, and not with a shared listener',
  { skip },
  async () => {
    const { samples, skipped } = await run(queue(plan), ['plain', 'shared']);
    assert.deepEqual([...skipped], []);
    assert.equal(samples.length, 4);
    for (const { rival, variant, numbers, latency } of samples) {
      // A worker may be stopped just after an accept: that one connection waits for it, whatever it was accepted from.
      const longMs = variant.startsWith('stopped') ? (latency?.p99Ns ?? Number.NaN) / 1e6 : numbers['slowest ms'];
      assert.ok(longMs !== undefined && (rival === 'plain') === longMs > 1_000, `${rival}, ${variant}: ${longMs} ms`);
      assert.equal(numbers['not answered'] ?? 0, 0, rival);
    }
  },
);
