/**
 * `npm run bench:handover`: keep-alive clients that pipeline, split, post and wait at random, while reloads and changes of
 * the number of workers move their connections about. No answer may be wrong, and no connection cut.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { nodeOfMajor } from '../node-binary.js';
import { spread } from '../report/statistics.js';
import { fuzz } from './fuzz.js';
import { measureIdleClients } from './idle-clients.js';

const { values } = parseArgs({
  options: {
    moves: { type: 'string', default: '10000' },
    clients: { type: 'string', default: '100' },
    nodes: { type: 'string', default: process.versions.node.split('.')[0] ?? '' },
    idle: { type: 'string', default: '1000' },
    reloads: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
  },
});

let failed = false;
for (const major of values.nodes.split(',')) {
  const { file, version } = await nodeOfMajor(Number(major));
  const { tally, moves, seconds, reloads, scalings } = await fuzz({
    node: file,
    seed: Number(values.seed),
    clients: Number(values.clients),
    moves: Number(values.moves),
  });
  failed ||= tally.wrong.length > 0 || tally.cut.length > 0;
  console.log(
    `Node ${version}, seed ${values.seed}: ${moves} moves by ${reloads} reloads and ${scalings} changes of scale in ` +
      `${seconds.toFixed(0)} s; ${tally.answers} answers of ${tally.requests} requests: ${tally.wrong.length} wrong, ` +
      `${tally.cut.length} connections cut, ${tally.closed} closed as announced`,
  );
  const { tookMs, cut } = await measureIdleClients(file, Number(values.idle), Number(values.reloads));
  const { median, min, max } = spread(tookMs);
  failed ||= cut > 0;
  console.log(
    `Node ${version}: ${values.idle} idle clients at each of ${values.reloads} reloads: handed over in ` +
      `${median} ms (${min} to ${max}), ${cut} cut`,
  );
  for (const line of [...tally.wrong, ...tally.cut].slice(0, 20)) console.log(`  ${line}`);
}
process.exitCode = failed ? 1 : 0;
