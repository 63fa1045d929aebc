/**
 * `npm run bench:handover`: keep-alive clients that pipeline, split, post and wait at random, while reloads and changes of
 * the number of workers move their connections about. No answer may be wrong, and no connection cut. With `rebalance`: busy
 * clients that all began on one of two workers.
 */
import { nodeOfMajor } from '../node-binary.js';
import type { NodeBinary } from '../node-binary.js';
import { UsageError } from '../options.js';
import { spread } from '../report/statistics.js';
import { fuzz } from './fuzz.js';
import { measureIdleClients } from './idle-clients.js';
import { handoverUsage, parseHandoverOptions } from './options.js';
import type { HandoverOptions } from './options.js';
import { reportSkew } from './report-skew.js';

const MOST_LINES = 20;

/** The rest resolve with whether nothing was wrong, or cut. */
async function rebalance({ file, version }: NodeBinary, options: HandoverOptions): Promise<boolean> {
  const { seed, clients, seconds, starts, rounds } = options;
  console.log(`Node ${version}:`);
  return reportSkew({ node: file, seed, clients, seconds }, starts, rounds);
}

async function moveAtRandom({ file, version }: NodeBinary, options: HandoverOptions): Promise<boolean> {
  const { seed, clients } = options;
  const { tally, moves, seconds, reloads, scalings } = await fuzz({ node: file, seed, clients, moves: options.moves });
  console.log(
    `Node ${version}, seed ${seed}: ${moves} moves by ${reloads} reloads and ${scalings} changes of scale in ` +
      `${seconds.toFixed(0)} s; ${tally.answers} answers of ${tally.requests} requests: ${tally.wrong.length} wrong, ` +
      `${tally.cut.length} connections cut, ${tally.closed} closed as announced`,
  );
  for (const line of [...tally.wrong, ...tally.cut].slice(0, MOST_LINES)) console.log(`  ${line}`);
  return tally.wrong.length === 0 && tally.cut.length === 0;
}

async function moveIdle({ file, version }: NodeBinary, options: HandoverOptions): Promise<boolean> {
  const { idle, workers, reloads } = options;
  const { tookMs, cut } = await measureIdleClients(file, idle, workers, reloads);
  const { median, min, max } = spread(tookMs);
  console.log(
    `Node ${version}: ${idle} idle clients on ${workers} workers at each of ${reloads} reloads: handed over in ` +
      `${median} ms (${min} to ${max}), ${cut} cut`,
  );
  return cut === 0;
}

async function run(options: HandoverOptions): Promise<boolean> {
  const outcomes: boolean[] = [];
  for (const major of options.nodes) {
    const node = await nodeOfMajor(major);
    for (const part of options.rebalance ? [rebalance] : [moveAtRandom, moveIdle])
      outcomes.push(await part(node, options));
  }
  return outcomes.every(Boolean);
}

try {
  const options = parseHandoverOptions(process.argv.slice(2));
  if (options === undefined) console.log(handoverUsage);
  else process.exitCode = (await run(options)) ? 0 : 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${handoverUsage}`);
  process.exitCode = 2;
}
