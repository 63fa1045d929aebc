import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addonPath } from '../../src/native/load.js';
import { get } from '../helpers/http.js';
import { assertBothAnswer, freePorts, printedLines, serviceFor } from './listen-support.js';

interface Line {
  pid: number;
  exclusive: unknown;
  descriptor: number;
  handle: number;
  own: number;
}

test('exclusive, a descriptor and a handle are left to the worker that asks for them', async (t) => {
  const [port = 0] = await freePorts(1);
  const service = await serviceFor(t, ['listen-left-alone.cjs'], { env: { PORT: String(port), ADDON: addonPath() } });
  const lines = await printedLines<Line>(service, 2);
  const winner = lines.find(({ exclusive }) => exclusive === port);
  assert.ok(winner !== undefined, JSON.stringify(lines));
  assert.deepEqual(lines.find((line) => line !== winner)?.exclusive, {
    code: 'EADDRINUSE',
    errno: -98,
    syscall: 'listen',
    address: '::',
    port,
    message: `listen EADDRINUSE: address already in use :::${port}`,
  });
  const said = service.logs.filter(({ code }) => code === 'WARN_EXCLUSIVE').map(({ msg }) => msg);
  assert.deepEqual(said, [
    `listening on port ${port} failed: with exclusive: true it is that of one worker alone. Without, all workers share it`,
  ]);
  for (let count = 0; count < 10; count += 1) assert.equal((await get(port)).body, `exclusive ${winner.pid}`);
  for (const { pid, descriptor } of lines) assert.equal((await get(descriptor)).body, `descriptor ${pid}`);
  for (const { pid, handle } of lines) assert.match((await get(handle)).body, new RegExp(`^(first|second) ${pid}$`));
  await assertBothAnswer(winner.own);
  const { listeners } = await service.status();
  assert.deepEqual(
    listeners.map((listener) => listener.port),
    [winner.own],
    'only what is ours is in custody',
  );
});

test('a server that asks for reusePort itself is in custody like any other', async (t) => {
  const service = await serviceFor(t, ['listen-reuse-port.cjs']);
  const [one, other] = await printedLines<{ port: number }>(service, 2);
  assert.equal(one?.port, other?.port);
  await assertBothAnswer(one?.port ?? 0);
  const { listeners } = await service.status();
  assert.deepEqual(
    listeners.map((listener) => [listener.port, listener.slots.length]),
    [[one?.port, 2]],
  );
});
