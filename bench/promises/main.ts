/** `npm run bench:promises`: what the README promises beside speed, measured. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../paths.js';
import { writeResult } from '../report/result-file.js';
import type { Spread } from '../report/statistics.js';
import { describeEnvironment } from '../system.js';
import { measureFirstAnswer } from './first-answer.js';
import { measureMemory } from './memory.js';
import { measureMetrics, measureScrape } from './metrics.js';
import { measureMillion } from './million.js';
import { measureReloads, type ReloadFigures } from './reloads.js';
import { measureReplacement } from './replacement.js';
import { measureStarts } from './start8.js';

const parts = [
  'first-answer',
  'start8',
  'reloads',
  'upgrades',
  'replacement',
  'memory',
  'scrape',
  'metrics',
  'million',
] as const;
type Part = (typeof parts)[number];

const usage = `usage: npm run bench:promises -- [options]
  --quick         fewer rounds
  --only <parts>  some of ${parts.join(',')} (all)
  --out <file>    where the JSON goes (bench/results/promises.json)`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: parts.join(',') },
    out: { type: 'string', default: 'bench/results/promises.json' },
    help: { type: 'boolean', default: false },
  },
});
const asked = new Set(values.only.split(','));
const unknown = [...asked].find((name) => !(parts as readonly string[]).includes(name));
if (values.help || unknown !== undefined) {
  const problem = unknown === undefined ? [] : [`--only: there is no part "${unknown}"`];
  console.error([...problem, usage].join('\n'));
  process.exit(unknown === undefined ? 0 : 2);
}
const file = path.resolve(projectRoot, values.out);
const result: Record<string, unknown> = { benchmark: 'promises', environment: describeEnvironment() };

async function part<T>(name: Part, measure: () => Promise<T>, describe: (figures: T) => string): Promise<void> {
  if (!asked.has(name)) return;
  const figures = await measure();
  result[name] = figures;
  await writeResult(file, result);
  console.log(describe(figures));
}

const show = ({ median, min, max }: Spread, digits: number) =>
  `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;

const describeReloads = (what: string, figures: ReloadFigures) =>
  `${figures.rounds} ${what} under ${figures.requestsPerSecond.toFixed(0)} new connections/s: ` +
  `${figures.failed} failed of ${figures.requests}; each took ${figures.medianMs.toFixed(0)} ms (median); ` +
  `p99 ${figures.p99Ms.toFixed(1)} ms, max ${figures.maxMs.toFixed(1)} ms (worst of the runs)`;

await part(
  'first-answer',
  () => measureFirstAnswer(values.quick ? 5 : 15),
  ({ cluster, reuseport, ratio }) =>
    `from command to first answer, ms: node:cluster ${show(cluster, 0)}, reuseport ${show(reuseport, 0)}, ` +
    `ratio ${show(ratio, 2)}`,
);
await part(
  'start8',
  () => measureStarts(values.quick ? 2 : 7),
  (figures) =>
    figures
      .map(({ name, startMs, pssBytes }) => {
        const { median, min, max } = pssBytes;
        const mib = show({ median: median / 1_048_576, min: min / 1_048_576, max: max / 1_048_576 }, 0);
        return `eight workers of ${name}: all listen after ${show(startMs, 0)} ms, Pss ${mib} MiB`;
      })
      .join('\n'),
);
await part(
  'reloads',
  () => measureReloads('reload', values.quick ? 5 : 50, 2_000),
  (figures) => describeReloads('rolling reloads', figures),
);
await part(
  'upgrades',
  () => measureReloads('upgrade', values.quick ? 3 : 20, 2_000),
  (figures) => describeReloads('upgrades of the master', figures),
);
await part(
  'replacement',
  () => measureReplacement(values.quick ? 3 : 15),
  ({ spared, plain }) =>
    `from a worker's SIGKILL to the next answer of its slot, ms: with a spare ${show(spared, 1)}, without ${show(plain, 1)}`,
);
await part(
  'memory',
  () => measureMemory(values.quick ? 1 : 5),
  ({ processes, threads, ratio }) =>
    `memory of 8 event loops, sum of Pss in MiB: 8 processes ${show(processes, 1)}, 2 processes of 4 threads ` +
    `${show(threads, 1)}, ratio ${show(ratio, 2)}`,
);
await part(
  'scrape',
  () => measureScrape(64, values.quick ? 50 : 200),
  ({ workers, textBytes, masterCpuMs }) =>
    `a scrape of ${workers} slots (${(textBytes / 1024).toFixed(0)} KiB): ${show(masterCpuMs, 2)} ms of the master's CPU`,
);
await part(
  'metrics',
  () => measureMetrics(values.quick ? 4 : 12, values.quick ? 2_000 : 10_000),
  ({ failed, ratio, onPerSecond, offPerSecond }) =>
    `keep-alive requests/s with a scrape each second ${show(onPerSecond, 0)}, without --metrics ${show(offPerSecond, 0)}, ` +
    `ratio ${show(ratio, 3)}; ${failed} failed`,
);
await part(
  'million',
  () => measureMillion(values.quick ? 50_000 : 1_000_000),
  ({ connections, failed, masterRssBytes, masterDescriptors, masterCpuUsPerConnection, acceptedPerWorker }) =>
    `${connections} connections: ${failed} failed; master RSS MiB after each tenth ` +
    `${masterRssBytes.map((bytes) => (bytes / 1_048_576).toFixed(1)).join(' ')}; descriptors ` +
    `${masterDescriptors.join(' ')}; master CPU ${masterCpuUsPerConnection.toFixed(3)} µs per connection; ` +
    `accepted per worker ${acceptedPerWorker.join(' and ')}`,
);
console.log(`every figure: ${path.relative('.', file)}`);
