// One round of a scenario of the lab, as short as can be.
import assert from 'node:assert/strict';
import type { LabScenarioResult } from '../../bench/lab/result.js';
import type { LabBinaries } from '../../bench/lab/rivals.js';
import { runLab } from '../../bench/lab/run.js';
import type { LabPlan, LabScenario } from '../../bench/lab/scenario.js';
import { isAlive, processTree } from '../../bench/process-tree.js';
import type { ProcessStat } from '../../bench/process-tree.js';
import type { SteeringServer } from '../../bench/steering/steering-server.js';

const SHORT: LabPlan = { quick: true, rounds: 1, seconds: 0.3 };
const NOTHING = 'this test installs nothing';
export const noBinaries: LabBinaries = {
  nodeVersion: process.versions.node,
  nodeWithReusePort: NOTHING,
  pm2: NOTHING,
  watt: NOTHING,
};

/** No process is left, whether it was measured or not. */
export async function runOnce(
  scenario: LabScenario,
  rivals: readonly string[],
  binaries: LabBinaries = noBinaries,
  more: Partial<LabPlan> = {},
): Promise<LabScenarioResult> {
  const processes: ProcessStat[] = [];
  let current: SteeringServer | undefined;
  const { scenarios } = await runLab(
    { scenarios: [scenario], plan: { ...SHORT, ...more }, rivals, binaries, command: ['test'] },
    {
      onLine: () => {},
      // A daemon is none of ours by descent, but one of the server's.
      onSample: () => processes.push(...processTree(process.pid).slice(1), ...(current?.process.tree() ?? [])),
      onResult: async () => {},
      onServer: (server) => (current = server),
    },
  );
  const [result] = scenarios;
  assert.ok(result !== undefined);
  assert.equal(processes.length > 0, result.samples.length > 0);
  assert.deepEqual(processes.filter(isAlive), []);
  return result;
}

/** None of the rivals is skipped. */
export async function smoke(...words: Parameters<typeof runOnce>): Promise<LabScenarioResult> {
  const result = await runOnce(...words);
  assert.deepEqual(result.skipped, {});
  assert.deepEqual([...new Set(result.samples.map(({ rival }) => rival))], words[1]);
  assert.equal(result.finding === null || result.finding.endsWith('.'), true);
  return result;
}
