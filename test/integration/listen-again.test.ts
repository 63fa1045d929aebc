import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertBothAnswer, printedLines, serviceFor } from './listen-support.js';

test('a program that looks for a free port with port 0 has that port in every worker', async (t) => {
  const service = await serviceFor(t, ['listen-free-port.cjs']);
  const [one, other] = await printedLines<{ port: number; listening: number }>(service, 2);
  assert.equal(one?.port, one?.listening);
  assert.equal(one?.listening, other?.listening);
  await assertBothAnswer(one?.listening ?? 0);
  await service.command('reload');
  await assertBothAnswer(one?.listening ?? 0);
  const { listeners } = await service.status();
  assert.deepEqual(
    listeners.map(({ slots }) => slots.length),
    [2],
  );
});

test('a server that closes and listens on port 0 again has the same new port in every worker, and drains', async (t) => {
  const service = await serviceFor(t, ['listen-zero-again.cjs']);
  const [one, other] = await printedLines<{ ports: number[] }>(service, 2);
  assert.equal(one?.ports[1], other?.ports[1]);
  await assertBothAnswer(one?.ports[1] ?? 0);
  const { code, stderr } = await service.end();
  assert.equal(code, 0);
  assert.doesNotMatch(stderr, /worker-killed/);
});
