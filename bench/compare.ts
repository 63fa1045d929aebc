import path from 'node:path';
import type { Contest } from './contest.js';
import { renderWarnings } from './lab/warnings.js';
import { loads } from './loads.js';
import { nodeBinary, nodeWithReusePort } from './node-binary.js';
import { parseBenchOptions, usage, UsageError } from './options.js';
import type { BenchOptions } from './options.js';
import { projectRoot } from './paths.js';
import { contrastWarnings } from './report/doubts.js';
import { writeResult } from './report/result-file.js';
import { summarize } from './report/summary.js';
import { legend, renderTable } from './report/table.js';
import type { Binaries } from './rivals.js';
import { runContrast } from './scenarios/contrast.js';
import type { ContrastProgress } from './scenarios/contrast.js';
import type { ServerProcess } from './server-process.js';
import { describeEnvironment } from './system.js';

function resultOf(
  contest: Contest,
  options: BenchOptions,
  binaries: Binaries,
  environment: ReturnType<typeof describeEnvironment>,
) {
  const { name, rivals } = contest;
  const startedAt = new Date().toISOString();
  return (progress: ContrastProgress) => ({
    benchmark: name,
    startedAt,
    options,
    environment,
    nodeVersions: Object.fromEntries(rivals.map((rival) => [rival.name, rival.nodeVersion(binaries) ?? null])),
    skipped: Object.fromEntries(progress.skipped),
    responses: Object.fromEntries(progress.responses),
    warnings: contrastWarnings(progress.samples, {
      workers: options.workers,
      singles: rivals.filter(({ single }) => single).map(({ name }) => name),
      cores: environment.cores,
      loadAverage1: environment.loadAverage1,
    }),
    summaries: loads.map(({ name: load }) => ({ load, cells: summarize(progress.samples, load, contest) })),
    samples: progress.samples,
  });
}

type Result = ReturnType<ReturnType<typeof resultOf>>;

function render({ against }: Contest, result: Result): string {
  const { kernel, cpuModel, cores } = result.environment;
  const versions = [...new Set(Object.values(result.nodeVersions))].filter((version) => version !== null).join(', ');
  const tables = loads.map(({ name, title }) =>
    renderTable(title, against, result.summaries.find(({ load }) => load === name)?.cells ?? []),
  );
  const skipped = Object.entries(result.skipped).map(([name, reason]) => `skipped ${name}: ${reason}`);
  const machine = `${cpuModel}, ${cores} cores, Linux ${kernel}, Node ${versions}, ${result.options.workers} workers`;
  return [machine, ...tables, legend(against), ...skipped, renderWarnings(result.warnings)]
    .filter(Boolean)
    .join('\n\n');
}

/** Ends the server's processes when the run is interrupted; what was written after the last round stays. */
function stopServerOnSignal(): (server: ServerProcess | undefined) => void {
  let current: ServerProcess | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    current?.killNow();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return (server) => (current = server);
}

async function run(contest: Contest, args: readonly string[]): Promise<void> {
  const options = parseBenchOptions(contest, args);
  if (options === undefined) {
    console.log(usage(contest));
    return;
  }
  const node = await nodeBinary(options.node ?? process.execPath);
  const wantsReusePort = options.only.includes('node-reuse-port');
  const binaries: Binaries = {
    node,
    nodeWithReusePort: wantsReusePort ? await nodeWithReusePort(node) : 'not asked for',
  };
  const file = path.resolve(projectRoot, options.out);
  const toResult = resultOf(contest, options, binaries, describeEnvironment());

  const progress = await runContrast(
    {
      rivals: contest.rivals.filter(({ name }) => options.only.includes(name)),
      binaries,
      rounds: options.rounds,
      workers: options.workers,
      times: {
        warmupMs: Math.round(options.warmupSeconds * 1_000),
        durationMs: Math.round(options.secondsPerCell * 1_000),
      },
    },
    {
      onLine: (line) => console.error(line),
      onRound: (sofar) => writeResult(file, toResult(sofar)),
      onServer: stopServerOnSignal(),
    },
  );
  if (progress.samples.length === 0) process.exitCode = 1;
  const result = toResult(progress);
  console.log(
    options.json ? JSON.stringify(result) : `\n${render(contest, result)}\n\nevery sample: ${path.relative('.', file)}`,
  );
}

/** Measures, prints, and writes the JSON; sets the exit code. */
export async function compare(contest: Contest, args: readonly string[]): Promise<void> {
  try {
    await run(contest, args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n${usage(contest)}`);
    process.exitCode = 2;
  }
}
