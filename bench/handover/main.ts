/**
 * `npm run bench:handover`: keep-alive clients that pipeline, split, post and wait at random, while reloads and changes of
 * the number of workers move their connections about. No answer may be wrong, and no connection cut. With `rebalance`: busy
 * clients that all began on one of two workers.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { nodeOfMajor } from '../node-binary.js';
import { spread } from '../report/statistics.js';
import { fuzz } from './fuzz.js';
import { measureIdleClients } from './idle-clients.js';
import { reportSkew } from './report-skew.js';
import { starts } from './skew.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    moves: { type: 'string', default: '10000' },
    clients: { type: 'string' },
    nodes: { type: 'string', default: process.versions.node.split('.')[0] ?? '' },
    idle: { type: 'string', default: '1000' },
    workers: { type: 'string', default: '1' },
    reloads: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    minutes: { type: 'string' },
    starts: { type: 'string', default: starts.join(',') },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});

if (positionals.length > 1 || (positionals.length === 1 && positionals[0] !== 'rebalance')) {
  throw new Error(`expected "rebalance" or nothing, got ${positionals.join(' ')}`);
}
const chosen = starts.filter((start) => values.starts.split(',').includes(start));
if (chosen.length !== values.starts.split(',').length) {
  throw new Error(`--starts: expected some of ${starts.join(', ')}, got "${values.starts}"`);
}
let failed = false;
for (const major of values.nodes.split(',')) {
  const { file, version } = await nodeOfMajor(Number(major));
  if (positionals.length === 1) {
    const seconds = values.minutes === undefined ? Number(values.seconds) : Number(values.minutes) * 60;
    console.log(`Node ${version}:`);
    const clients = Number(values.clients ?? 8);
    failed ||= !(await reportSkew(
      { node: file, seed: Number(values.seed), clients, seconds },
      chosen,
      Number(values.rounds),
    ));
    continue;
  }
  const { tally, moves, seconds, reloads, scalings } = await fuzz({
    node: file,
    seed: Number(values.seed),
    clients: Number(values.clients ?? 100),
    moves: Number(values.moves),
  });
  failed ||= tally.wrong.length > 0 || tally.cut.length > 0;
  console.log(
    `Node ${version}, seed ${values.seed}: ${moves} moves by ${reloads} reloads and ${scalings} changes of scale in ` +
      `${seconds.toFixed(0)} s; ${tally.answers} answers of ${tally.requests} requests: ${tally.wrong.length} wrong, ` +
      `${tally.cut.length} connections cut, ${tally.closed} closed as announced`,
  );
  const { tookMs, cut } = await measureIdleClients(
    file,
    Number(values.idle),
    Number(values.workers),
    Number(values.reloads),
  );
  const { median, min, max } = spread(tookMs);
  failed ||= cut > 0;
  console.log(
    `Node ${version}: ${values.idle} idle clients on ${values.workers} workers at each of ${values.reloads} reloads: handed over in ` +
      `${median} ms (${min} to ${max}), ${cut} cut`,
  );
  for (const line of [...tally.wrong, ...tally.cut].slice(0, 20)) console.log(`  ${line}`);
}
process.exitCode = failed ? 1 : 0;
