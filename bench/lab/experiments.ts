/** `reuseport bench [scenario…]`: measures, keeps what is measured after each round, and makes a report. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ReuseportError } from '../../src/errors.js';
import type { ClosedLoop } from '../closed-loop/closed-loop.js';
import { closedLoops, isClosedLoop, locate } from '../closed-loop/run.js';
import type { ClosedLoopName } from '../closed-loop/run.js';
import { installPackages, missingPackages } from '../debian.js';
import type { ToolName } from '../debian.js';
import { installAutocannon, installRivals } from '../install.js';
import { nodeBinary, nodeWithReusePort } from '../node-binary.js';
import { failedRequests } from '../report/sample.js';
import { writeResult } from '../report/result-file.js';
import type { SteeringSample } from '../steering/sample.js';
import type { SteeringServer } from '../steering/steering-server.js';
import { debianRivals } from './debian-rivals.js';
import {
  allowOptions,
  chosenScenarios,
  closedLoopOf,
  isOn,
  MEASURING_OPTIONS,
  namesOf,
  outFolder,
  planOf,
} from './options.js';
import type { BenchRequest } from './options.js';
import { Progress } from './progress.js';
import { loadReport } from './report-page.js';
import type { LabResult } from './result.js';
import type { LabBinaries } from './rivals.js';
import { plannedSeconds, rivalsOf, runLab } from './run.js';
import type { LabRun } from './run.js';
import type { LabScenario } from './scenario.js';
import { labScenarios } from './scenarios.js';
import { renderLab } from './table.js';
import { ensureTools } from './tools.js';

const RESULT_FILE = 'results.json';
const REPORT_FILE = 'report.html';

async function binariesFor(names: ReadonlySet<string>): Promise<LabBinaries> {
  // Its scenario finds it by itself, but not while it measures.
  if (names.has('autocannon')) await installAutocannon();
  const node = await nodeBinary(process.execPath);
  return {
    nodeVersion: node.version,
    nodeWithReusePort: names.has('node-reuse-port') ? await nodeWithReusePort(node) : 'not asked for',
    ...(await installRivals((name) => [...names].some((one) => one === name || one.startsWith(`${name}-`)))),
  };
}

/** Programs of Debian's that a run can use. */
function toolsOf(
  scenarios: readonly LabScenario[],
  names: ReadonlySet<string>,
  closedLoop: ClosedLoopName | undefined,
): ToolName[] {
  const generators = [...names, ...(closedLoop === undefined ? [] : [closedLoop])].filter(isClosedLoop);
  return [
    ...scenarios.flatMap(({ tools = [] }) => tools),
    ...debianRivals.flatMap(({ rival, tool }) => (tool !== undefined && names.has(rival.name) ? [tool] : [])),
    ...generators.flatMap((name) => {
      const { source }: ClosedLoop = closedLoops[name];
      return 'tool' in source ? [source.tool] : [];
    }),
  ];
}

/** Who asks for one wants that one. @throws ReuseportError with code ERR_BENCH_TOOLS. */
async function ensureClosedLoop(name: ClosedLoopName): Promise<void> {
  const found = await locate(name);
  if (typeof found === 'string') throw new ReuseportError('ERR_BENCH_TOOLS', `bench --closed-loop ${name}: ${found}`);
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function figuresOf({ latency, numbers, failures }: SteeringSample): string {
  const figures = Object.entries(numbers).map(([what, value]) => `${what} ${value.toPrecision(3)}`);
  if (latency !== null && latency.count > 0) figures.unshift(`p99 ${(latency.p99Ns / 1e6).toFixed(1)} ms`);
  const failed = failedRequests({ failures });
  return [...figures, ...(failed > 0 ? [`${failed} failed`] : [])].join(', ');
}

/**
 * Ends the server's processes when the run is interrupted. What was measured up to the last whole round is written by
 * then; once more here, as the signal may have come while it was being written.
 */
class Interruption {
  server: SteeringServer | undefined;
  result: LabResult | undefined;
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
    process.once('SIGINT', () => this.#stop(130));
    process.once('SIGTERM', () => this.#stop(143));
    process.once('SIGHUP', () => this.#stop(129));
  }

  #stop(code: number): void {
    this.server?.killNow();
    if (this.result !== undefined) {
      const unfinished = `${this.#file}.${process.pid}.end`;
      mkdirSync(path.dirname(this.#file), { recursive: true });
      writeFileSync(unfinished, `${JSON.stringify(this.result)}\n`);
      renameSync(unfinished, this.#file);
      process.stderr.write(`\ninterrupted; whole rounds are kept: ${this.#file}\n`);
    }
    process.exit(code);
  }
}

export function runExperiments(request: BenchRequest): Promise<number> {
  allowOptions(request, '', [...MEASURING_OPTIONS, 'closed-loop', 'round-trip', 'loss']);
  return runScenarios(chosenScenarios(request, labScenarios), request);
}

/** Measures them as the options say, and tells the result. Resolves with the exit code. */
export async function runScenarios(scenarios: readonly LabScenario[], request: BenchRequest): Promise<number> {
  const closedLoop = closedLoopOf(request, scenarios);
  const plan = { ...planOf(request), ...(closedLoop === undefined ? {} : { closedLoop }) };
  const rivals = namesOf(request, 'rivals');
  const folder = outFolder(request);
  const names = new Set(scenarios.flatMap((scenario) => rivalsOf({ rivals, plan }, scenario)));
  ensureTools(say);
  if (isOn(request, 'install')) installPackages(missingPackages(toolsOf(scenarios, names, closedLoop)), say);
  if (closedLoop !== undefined) await ensureClosedLoop(closedLoop);
  const run = { scenarios, plan, rivals, binaries: await binariesFor(names), command: request.command };
  const result = await measure(run, path.join(folder, RESULT_FILE));
  return tell(result, folder, isOn(request, 'json'));
}

async function measure(run: LabRun, file: string): Promise<LabResult> {
  const interruption = new Interruption(file);
  const progress = new Progress(plannedSeconds(run));
  const result = await runLab(run, {
    onLine: (line) => progress.say(line),
    onServer: (server) => (interruption.server = server),
    onSample(scenario, sample, rounds) {
      const variants = scenario.experiment(run.plan).variants().length;
      const what = `${scenario.name} ${sample.round + 1}/${rounds}  ${sample.variant}  ${sample.rival}`;
      progress.step({ what, figures: figuresOf(sample), seconds: scenario.aboutSeconds(run.plan) / variants });
    },
    async onResult(result) {
      interruption.result = result;
      await writeResult(file, result);
    },
  });
  progress.end();
  return result;
}

async function tell(result: LabResult, folder: string, json: boolean): Promise<number> {
  const report = path.join(folder, REPORT_FILE);
  const { writeReport } = await loadReport();
  await writeReport(result, report);
  if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    const files = `report: ${path.relative('.', report)}\nevery sample: ${path.relative('.', path.join(folder, RESULT_FILE))}`;
    process.stdout.write(`${renderLab(result)}\n\n${files}\n`);
  }
  return result.scenarios.every(({ samples }) => samples.length > 0) ? 0 : 1;
}
