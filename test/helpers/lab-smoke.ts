// One round of a scenario of the lab, as short as can be.
import assert from 'node:assert/strict';
import type { LabScenarioResult } from '../../bench/lab/result.js';
import type { LabBinaries } from '../../bench/lab/rivals.js';
import { runLab } from '../../bench/lab/run.js';
import type { LabPlan, LabScenario } from '../../bench/lab/scenario.js';
import { isAlive, processTree } from '../../bench/process-tree.js';
import type { ProcessStat } from '../../bench/process-tree.js';

const SHORT: LabPlan = { quick: true, rounds: 1, seconds: 0.3 };
const NOTHING = 'this test installs nothing';
export const noBinaries: LabBinaries = {
  nodeVersion: process.versions.node,
  nodeWithReusePort: NOTHING,
  pm2: NOTHING,
  watt: NOTHING,
};

/** None of the rivals is skipped, and no process is left. */
export async function smoke(
  scenario: LabScenario,
  rivals: readonly string[],
  binaries: LabBinaries = noBinaries,
  more: Partial<LabPlan> = {},
): Promise<LabScenarioResult> {
  const processes: ProcessStat[] = [];
  const { scenarios } = await runLab(
    { scenarios: [scenario], plan: { ...SHORT, ...more }, rivals, binaries, command: ['test'] },
    {
      onLine: () => {},
      onSample: () => processes.push(...processTree(process.pid).slice(1)),
      onResult: async () => {},
      onServer: () => {},
    },
  );
  const [result] = scenarios;
  assert.ok(result !== undefined);
  assert.deepEqual(result.skipped, {});
  assert.deepEqual([...new Set(result.samples.map(({ rival }) => rival))], rivals);
  assert.equal(result.finding === null || result.finding.endsWith('.'), true);
  assert.ok(processes.length > 0);
  assert.deepEqual(processes.filter(isAlive), []);
  return result;
}
