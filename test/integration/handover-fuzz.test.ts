import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { fuzz } from '../../bench/handover/fuzz.js';

// The long form is `npm run bench:handover`.
test('clients that pipeline, split, post and wait at random get every answer, while their connections move', async (t) => {
  const seed = Number(process.env['SEED'] ?? randomInt(2 ** 31));
  t.diagnostic(`SEED=${seed}`);
  const { tally, moves, output } = await fuzz({ node: process.execPath, seed, clients: 40, moves: 200 });
  const { wrong, cut, closed, answers, requests } = tally;
  assert.deepEqual({ wrong, cut, closed }, { wrong: [], cut: [], closed: 0 }, `SEED=${seed}\n${output}`);
  assert.equal(answers, requests);
  assert.ok(moves >= 200);
});
