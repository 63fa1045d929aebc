/** `npm run endurance`: everything that replaces, kills and stops, under load, and what was lost by it. */
import path from 'node:path';

import { UsageError } from '../options.js';
import { projectRoot } from '../paths.js';
import { writeResult } from '../report/result-file.js';
import { describeEnvironment } from '../system.js';
import { attainableRate } from './attainable-rate.js';
import { installRivals, installWs } from '../install.js';
import { type EnduranceOptions, parseEnduranceOptions, usage } from './options.js';
import { rivalsOf } from './rivals.js';
import { type RunPlan, type RunResult, runScenario } from './run.js';
import { legend, renderComparison, renderFigures } from './table.js';

async function main(options: EnduranceOptions): Promise<void> {
  const { asNobody, workers, seed } = options;
  if (asNobody && process.getuid?.() !== 0) throw new UsageError('--user nobody: only root can give its rights up');
  const ws = options.websockets === 0 ? 'not asked for' : await installWs();
  const installed = await installRivals((name) => options.rivals.includes(name));
  const rivals = rivalsOf(asNobody, installed).filter(({ name }) => options.rivals.includes(name));
  const wsModule = typeof ws === 'string' ? undefined : ws.module;
  if (typeof ws === 'string' && options.websockets > 0) console.error(`no WebSockets: ${ws}`);
  const ratePerSecond = await attainableRate(options.ratePerSecond, workers);
  if (ratePerSecond < options.ratePerSecond) {
    console.error(`--rate ${options.ratePerSecond} is more than this machine can; ${ratePerSecond} instead`);
  }
  console.error(`seed ${seed}`);
  const results: RunResult[] = [];
  const skipped: { scenario: string; rival: string; why: string }[] = [];
  const file = path.resolve(projectRoot, options.out);
  const environment = describeEnvironment();
  const { keepAlive, websockets, killEveryMs, more } = options;
  for (const scenario of options.scenarios) {
    const count = options.countOf(scenario);
    const plan = { scenario, count, workers, ratePerSecond, keepAlive, websockets, wsModule, killEveryMs, seed };
    console.log(`${scenario.name}: ${count} ${scenario.unit}`);
    for (const rival of rivals) {
      const result = rival.refuses(scenario.name) ?? (await runOrSay({ ...plan, rival, options: more }));
      if (typeof result === 'string') skipped.push({ scenario: scenario.name, rival: rival.name, why: result });
      else results.push(result);
      console.log(typeof result === 'string' ? `  ${rival.name}: ${result}` : renderFigures(result));
      const ran = { ...options, ratePerSecond };
      await writeResult(file, { benchmark: 'endurance', environment, options: ran, results, skipped });
    }
    const rows = results.filter((one) => one.scenario === scenario.name);
    console.log([...renderComparison(rows), ''].join('\n'));
  }
  console.log(`${legend}\nevery figure: ${path.relative('.', file)}`);
  const ours = results.filter(({ rival }) => rival === 'reuseport');
  if (ours.some(({ violations }) => violations.length > 0)) process.exitCode = 1;
}

/** A rival that does not start is passed over with the reason; ours must start. */
async function runOrSay(plan: RunPlan): Promise<RunResult | string> {
  try {
    return await runScenario(plan);
  } catch (error) {
    if (plan.rival.name === 'reuseport') throw error;
    return (error as Error).message;
  }
}

/** What was started ends with this process; see Workplace. */
for (const [signal, code] of [
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => process.exit(code));
}
try {
  const options = parseEnduranceOptions(process.argv.slice(2));
  if (options === undefined) console.log(usage);
  else await main(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n${usage}`);
  process.exitCode = 2;
}
