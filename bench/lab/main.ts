/** `reuseport bench`: the part that the command line hands over to. */
import { findTool } from '../debian.js';
import { runExperiments } from './experiments.js';
import { allowOptions, usageError } from './options.js';
import type { BenchRequest } from './options.js';
import { runCompare, runSweep } from './own/main.js';
import { loadReport } from './report-page.js';
import { otherRivals } from './rivals.js';
import { labScenarios } from './scenarios.js';
import { runSize } from './size.js';

const NAME_WIDTH = 18;

const isScenario = (word: string): boolean => labScenarios.some(({ name }) => name === word);

function list(request: BenchRequest): number {
  allowOptions(request, ' list', []);
  const scenarios = labScenarios.map((scenario) => {
    const { question } = scenario.experiment({ quick: true, rounds: undefined, seconds: undefined });
    return `${scenario.name.padEnd(NAME_WIDTH)}${question}`;
  });
  const lines = [...scenarios, '', 'Rivals, for --rivals; every other name is a policy of --steer:', ...rivalLines()];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}

function rivalLines(): string[] {
  const onDemand = 'from npm, at the first use';
  const unasked = { nodeWithReusePort: onDemand, pm2: onDemand, watt: onDemand };
  return otherRivals({ ...unasked, nodeVersion: process.versions.node }).map(({ rival, title, tool }) => {
    const found = tool === undefined ? undefined : findTool(tool);
    const lack = typeof found === 'string' ? `; ${found}` : '';
    return `${rival.name.padEnd(NAME_WIDTH)}${title}${lack}`;
  });
}

async function report({ words, options }: BenchRequest): Promise<number> {
  const { runReport } = await loadReport();
  const out = typeof options['out'] === 'string' ? ['--out', options['out']] : [];
  await runReport([...words.slice(1), ...out]);
  return 0;
}

/** Does what the words say, and resolves with the exit code. */
export async function bench(request: BenchRequest): Promise<number> {
  const [first, ...others] = request.words;
  if (first === 'list') {
    if (others.length > 0) throw usageError(`bench list: unexpected argument ${JSON.stringify(others[0])}`);
    return list(request);
  }
  if (first === 'report') return report(request);
  if (first === 'size') return runSize(request);
  if (first === 'compare') return runCompare(request);
  // A scenario has the same name, and no script.
  if (first === 'sweep' && others.some((word) => !isScenario(word))) return runSweep(request);
  return runExperiments(request);
}
