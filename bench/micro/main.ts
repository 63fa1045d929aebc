import path from 'node:path';
import { parseArgs } from 'node:util';
import { Bench } from 'tinybench';
import type { Task } from 'tinybench';
import { loadAddon } from '../../src/native/load.js';
import { projectRoot } from '../paths.js';
import { writeResult } from '../report/result-file.js';
import { alignColumns } from '../report/table.js';
import { describeEnvironment } from '../system.js';
import { addAddonTasks } from './addon-tasks.js';
import { addMessageTasks } from './message-tasks.js';
import { addSupervisorTasks } from './supervisor-tasks.js';

interface Figure {
  name: string;
  /** Of one call, in nanoseconds. */
  p50Ns: number;
  p99Ns: number;
  meanNs: number;
  /** Relative margin of error of the mean, in percent. */
  rmePercent: number;
  calls: number;
}

function figureOf({ name, result }: Task): Figure {
  if (result.state === 'errored') throw result.error;
  if (result.state !== 'completed') throw new Error(`${name}: ended as ${result.state}`);
  const { latency } = result;
  const nsPerMs = 1e6;
  return {
    name,
    p50Ns: latency.p50 * nsPerMs,
    p99Ns: latency.p99 * nsPerMs,
    meanNs: latency.mean * nsPerMs,
    rmePercent: latency.rme,
    calls: latency.samplesCount,
  };
}

const inMicros = (ns: number): string => (ns / 1_000).toFixed(2);

function row(figure: Figure): string[] {
  const { name, p50Ns, p99Ns, meanNs, rmePercent, calls } = figure;
  return [name, inMicros(p50Ns), inMicros(p99Ns), inMicros(meanNs), `±${rmePercent.toFixed(1)}%`, String(calls)];
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: 'bench/results/micro.json' },
    json: { type: 'boolean', default: false },
  },
});

const bench = new Bench({ time: values.quick ? 100 : 500, warmupTime: values.quick ? 50 : 100 });
const closeAddonTasks = await addAddonTasks(bench, loadAddon());
addMessageTasks(bench);
addSupervisorTasks(bench);
await bench.run();
closeAddonTasks();

const figures = bench.tasks.map(figureOf);
const file = path.resolve(projectRoot, values.out);
const result = { benchmark: 'micro', node: process.versions.node, environment: describeEnvironment(), figures };
await writeResult(file, result);
const headings = ['call', 'p50 µs', 'p99 µs', 'mean µs', 'of mean', 'calls'];
console.log(values.json ? JSON.stringify(result) : alignColumns([headings, ...figures.map(row)]));
