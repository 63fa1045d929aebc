// Who has connections on their way to it, as everybody has over a real network, is idle all the same.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { deferAccept, whyNoDeferAccept } from '../../bench/network/server-sockets.js';
import { deferAcceptFile } from '../../bench/paths.js';
import { block, get } from '../helpers/http.js';
import { steeringDenied } from '../helpers/steering.js';
import { connectTo } from '../native/support.js';
import { serviceFor } from './listen-support.js';

const skip = existsSync(deferAcceptFile)
  ? (whyNoDeferAccept() ?? steeringDenied())
  : `${deferAcceptFile} is not built: npm run bench:steering builds it`;

const HOST = '127.0.0.1';
/** So many that it does not help within the block that a row which expects what does not come is set right after .4 s. */
const SILENT = 64;
const BLOCK_MS = 3_000;
/** Nobody is silent for so long. */
const DEFER_SECONDS = 60;

test('one connection that waits for a stuck loop goes to a loop that only expects some', { skip }, async (t) => {
  const service = await serviceFor(t, ['--steer', 'idle', 'http-block.cjs', '--', HOST], { workers: 2 });
  const port = await service.port();
  const pids = [service.pid, ...(await service.workerPids())];
  // The kernel keeps who says nothing out of the accept queue, as it does with a handshake that is under way.
  deferAccept(pids, HOST, port, DEFER_SECONDS);
  const clients: Socket[] = [];
  for (let index = 0; index < SILENT; index += 1) clients.push(await connectTo(port));
  let ended = false;
  const blocked = block(port, BLOCK_MS);
  void blocked.answer.then(() => (ended = true));
  await blocked.begun;
  const answers: string[] = [];
  // One after the other: of two behind the stuck loop one would be moved to even the queues out.
  for (const client of clients) {
    // With each turn a loop forgets whom it expects.
    const next = await connectTo(port);
    answers.push((await get(port, '/', { agent: undefined, createConnection: () => client })).body);
    next.destroy();
  }
  assert.equal(ended, false, 'an answer waited for the end of the long turn');
  const { body: stuck } = await blocked.answer;
  assert.ok(!answers.includes(stuck), `${stuck} answered: ${answers.join(' ')}`);
});
