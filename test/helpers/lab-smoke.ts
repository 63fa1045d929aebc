// One round of a scenario of the lab, as short as can be.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

import type { LabSample, LabScenarioResult } from '../../bench/lab/result.js';
import type { LabBinaries } from '../../bench/lab/rivals.js';
import { runLab } from '../../bench/lab/run.js';
import type { LabPlan, LabScenario } from '../../bench/lab/scenario.js';
import { labScenarios } from '../../bench/lab/scenarios.js';
import { whyNoNamespaces } from '../../bench/network/namespaces.js';
import { cliFile, loadgenFile } from '../../bench/paths.js';
import { isAlive, processTree } from '../../bench/process-tree.js';
import type { ProcessStat } from '../../bench/process-tree.js';
import { failedRequests } from '../../bench/report/sample.js';
import type { SteeringServer } from '../../bench/steering/steering-server.js';
import { steeringDenied } from './steering.js';

const missing = [loadgenFile, cliFile].find((file) => !existsSync(file));
/** Why nothing can be measured, nothing in a network of its own, nothing with programs in the kernel; false: it can. */
export const skip = missing === undefined ? false : `${missing} is not built: npm run bench builds it`;
export const withNetwork = skip === false ? (whyNoNamespaces() ?? false) : skip;
export const withPrograms = skip === false ? steeringDenied() : skip;

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
export async function smokeOf(...words: Parameters<typeof runOnce>): Promise<LabScenarioResult> {
  const result = await runOnce(...words);
  assert.deepEqual(result.skipped, {});
  assert.deepEqual([...new Set(result.samples.map(({ rival }) => rival))], words[1]);
  assert.equal(result.finding === null || result.finding.endsWith('.'), true);
  return result;
}

export function scenarioNamed(name: string): LabScenario {
  const scenario = labScenarios.find((one) => one.name === name);
  assert.ok(scenario !== undefined, name);
  return scenario;
}

/** The scenario of that name, as `smokeOf`. */
export function smoke(name: string, rivals: readonly string[], more?: Partial<LabPlan>): Promise<LabScenarioResult> {
  return smokeOf(scenarioNamed(name), rivals, noBinaries, more);
}

export function assertNoneFailed(samples: readonly LabSample[]): void {
  for (const sample of samples) assert.equal(failedRequests(sample), 0, `${sample.rival}, ${sample.variant}`);
}

export const sum = (values: readonly number[] = []): number => values.reduce((total, value) => total + value, 0);
