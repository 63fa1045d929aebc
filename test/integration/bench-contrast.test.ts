import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

import { loads } from '../../bench/loads.js';
import { nodeBinary } from '../../bench/node-binary.js';
import { loadgenFile } from '../../bench/paths.js';
import { isAlive, processTree } from '../../bench/process-tree.js';
import type { ProcessStat } from '../../bench/process-tree.js';
import { failedRequests } from '../../bench/report/sample.js';
import type { Sample } from '../../bench/report/sample.js';
import { summarize } from '../../bench/report/summary.js';
import { renderTable } from '../../bench/report/table.js';
import { contrast } from '../../bench/contest.js';
import { rivals } from '../../bench/rivals.js';
import { runContrast } from '../../bench/scenarios/contrast.js';

const skip = existsSync(loadgenFile) ? false : 'loadgen is not built: npm run bench builds it';
const WORKERS = 2;

const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((total, count) => total + count, 0);

function checkSample(sample: Sample): void {
  const cell = `${sample.rival}/${sample.load}`;
  assert.equal(failedRequests(sample), 0, cell);
  assert.equal(sum(sample.responsesByWorker), sample.completed, cell);
  assert.equal(sample.latencyNs.total.count, sample.completed, cell);
  assert.equal(sum(sample.connectionsByWorker), sample.latencyNs.connect.count, cell);
  const serving = Object.keys(sample.connectionsByWorker).map(Number);
  const known = new Set(sample.serverCpu.map(({ pid }) => pid));
  assert.deepEqual(
    serving.filter((pid) => !known.has(pid)),
    [],
    `${cell}: answers came from its own processes only`,
  );
  // With SCHED_NONE the kernel wakes whom it likes, and steering passes over a worker that still warms up: in so short a
  // time either may leave all to one.
  if (!['single', 'cluster-none', 'reuseport-auto'].includes(sample.rival)) {
    assert.equal(serving.length, WORKERS, `${cell}: all workers accepted`);
  }
}

test(
  'one short round of all rivals here: same bytes, counts that add up, all workers used, none left',
  { skip },
  async () => {
    const node = await nodeBinary(process.execPath);
    const processes: ProcessStat[] = [];
    const progress = await runContrast(
      {
        rivals,
        binaries: { node, nodeWithReusePort: 'this test installs nothing' },
        rounds: 1,
        workers: WORKERS,
        times: { warmupMs: 100, durationMs: 300 },
      },
      {
        onLine: () => processes.push(...processTree(process.pid).slice(1)),
        onRound: async () => {},
        onServer: () => {},
      },
    );

    assert.equal(progress.skipped.get('node-reuse-port'), 'this test installs nothing');
    const measured = rivals.filter(({ name }) => !progress.skipped.has(name));
    assert.ok(measured.length >= 4, `skipped: ${JSON.stringify([...progress.skipped])}`);
    assert.equal(new Set(progress.responses.values()).size, 1, JSON.stringify([...progress.responses], null, 1));
    assert.equal(progress.samples.length, measured.length * loads.length);
    progress.samples.forEach(checkSample);

    for (const { name, title } of loads) {
      const cells = summarize(progress.samples, name, contrast);
      assert.equal(cells.length, measured.length);
      const lines = renderTable(title, contrast.against, cells).split('\n');
      assert.equal(lines.length, measured.length + 2);
    }
    assert.ok(processes.length > 0);
    assert.deepEqual(processes.filter(isAlive), []);
  },
);
