/** `npm run bench:steering`: what the choice of a worker in the kernel is worth, and what it costs. */
import path from 'node:path';
import { renderWarnings, warningsOf } from '../lab/warnings.js';
import { UsageError } from '../options.js';
import { projectRoot } from '../paths.js';
import { writeResult } from '../report/result-file.js';
import { describeEnvironment } from '../system.js';
import { parseSteeringOptions, rivalsOf, steeringUsage } from './options.js';
import { runScenario } from './runner.js';
import type { ScenarioProgress } from './runner.js';
import type { Scenario } from './scenario.js';
import { scenarios } from './scenarios.js';
import type { SteeringServer } from './steering-server.js';
import { summarizeScenario } from './summary.js';
import { witnessOf } from './sample.js';
import { renderSteeringTables, steeringLegend } from './table.js';

type Environment = ReturnType<typeof describeEnvironment>;

function resultOf(scenario: Scenario, rivals: readonly string[], progress: ScenarioProgress, environment: Environment) {
  const { samples, skipped, network, ...about } = progress;
  const { cores, loadAverage1 } = environment;
  return {
    ...about,
    network: network ?? null,
    skipped: Object.fromEntries(skipped),
    warnings: warningsOf(samples.map(witnessOf), { cores, loadAverage1, metrics: [], line: network?.line }),
    summaries: summarizeScenario(scenario, rivals, samples),
    samples,
  };
}

type ScenarioResult = ReturnType<typeof resultOf>;

function render(result: ScenarioResult, ratioAgainst: string): string {
  const { name, question, expected, network, skipped, summaries, warnings } = result;
  const late = network?.line === undefined ? '' : `: packets ${lateness(network.line)} late`;
  return [
    `${name}: ${question}\nexpected: ${expected}${network === null ? '' : `\nnetwork: ${network.how}${late}`}`,
    renderSteeringTables(summaries, ratioAgainst),
    ...Object.entries(skipped).map(([rival, reason]) => `skipped ${rival}: ${reason}`),
    renderWarnings(warnings),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function lateness({ there, back }: NonNullable<NonNullable<ScenarioProgress['network']>['line']>): string {
  const worst = (key: 'lateP50Ns' | 'lateP99Ns' | 'lateMaxNs'): string =>
    (Math.max(there[key], back[key]) / 1e6).toFixed(2);
  return `p50 ${worst('lateP50Ns')}, p99 ${worst('lateP99Ns')}, max ${worst('lateMaxNs')} ms`;
}

/** Ends the server's processes when the run is interrupted; what was written after the last round stays. */
function stopServerOnSignal(): (server: SteeringServer | undefined) => void {
  let current: SteeringServer | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    current?.killNow();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  process.once('SIGHUP', stop);
  return (server) => (current = server);
}

const onLine = (line: string): void => console.error(line);

async function main(): Promise<void> {
  const options = parseSteeringOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(steeringUsage);
    return;
  }
  const environment = describeEnvironment();
  const file = path.resolve(projectRoot, options.out);
  const about = { benchmark: 'steering', startedAt: new Date().toISOString(), options, environment };
  const onServer = stopServerOnSignal();
  const done: ScenarioResult[] = [];
  for (const name of options.scenarios) {
    const scenario = scenarios[name]?.(options.plan);
    if (scenario === undefined) continue;
    const rivals = rivalsOf(options, scenario);
    const toResult = (progress: ScenarioProgress): ScenarioResult => resultOf(scenario, rivals, progress, environment);
    const write = (last: ScenarioResult): Promise<void> => writeResult(file, { ...about, scenarios: [...done, last] });
    const onRound = (progress: ScenarioProgress): Promise<void> => write(toResult(progress));
    const result = toResult(await runScenario(scenario, rivals, { onLine, onRound, onServer }));
    await write(result);
    done.push(result);
    if (result.samples.length === 0) process.exitCode = 1;
    if (!options.json) console.log(`\n${render(result, scenario.ratios?.against ?? '')}\n`);
  }
  if (options.json) console.log(JSON.stringify({ ...about, scenarios: done }));
  else console.log(`${steeringLegend}\n\nevery sample: ${path.relative('.', file)}`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n${steeringUsage}`);
  process.exitCode = 2;
}
