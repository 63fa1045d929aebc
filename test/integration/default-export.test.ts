import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { test } from 'node:test';
import { get } from '../helpers/http.js';
import { fixtures, runCommand } from '../helpers/reuseport.js';
import { waitFor } from '../helpers/wait.js';
import { assertBothAnswer, freePorts, serviceFor } from './listen-support.js';

const atAnyPort = { env: { PORT: '0', HOST: '127.0.0.1' } };

for (const script of ['export-handler.cjs', 'export-handler.mjs', 'export-server.cjs', 'export-fetch.mjs']) {
  test(`both workers serve what the script exports: ${script}`, async (t) => {
    const service = await serviceFor(t, [script], atAnyPort);
    await assertBothAnswer(await service.port());
  });
}

test('a fetch handler gets bodies and streams answers', async (t) => {
  const service = await serviceFor(t, ['export-fetch.mjs'], { ...atAnyPort, workers: 1 });
  const port = await service.port();
  const request = http.request({ port, host: '127.0.0.1', method: 'POST', agent: false });
  request.end('hello '.repeat(10_000));
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  let echoed = '';
  for await (const chunk of response.setEncoding('utf8')) echoed += String(chunk);
  assert.equal(response.statusCode, 201);
  assert.equal(echoed, 'hello '.repeat(10_000));
  const streamed = await get(port, '/stream');
  assert.equal(streamed.body, 'one two three');
  assert.equal(streamed.headers['transfer-encoding'], 'chunked', 'the body came in pieces');
});

test('--bind says where, before PORT and HOST', async (t) => {
  const [port = 0] = await freePorts(1);
  const service = await serviceFor(t, ['--bind', `127.0.0.1:${port}`, 'export-handler.cjs'], {
    env: { PORT: '1', HOST: '192.0.2.1' },
  });
  assert.deepEqual(await service.addresses(), [`127.0.0.1:${port}`]);
  await assertBothAnswer(port);
});

test('without --bind, PORT and HOST it is 127.0.0.1:3000', async (t) => {
  const taken = await new Promise<boolean>((resolve) => {
    const server = net.createServer().once('error', () => resolve(true));
    server.listen(3000, () => server.close(() => resolve(false)));
  });
  if (taken) return t.skip('port 3000 is taken');
  const service = await serviceFor(t, ['export-handler.mjs'], {
    env: { PORT: undefined, HOST: undefined },
    workers: 1,
  });
  assert.deepEqual(await service.addresses(), ['127.0.0.1:3000']);
});

test('a class is nothing to serve', async () => {
  const { code, stderr } = await runCommand(['run', '-w', '1', 'export-class.mjs'], { cwd: fixtures });
  assert.equal(code, 3);
  assert.match(stderr, /ended before it was ready/);
});

test('a script that exports a handler and listens is served once, and --bind is said to be ignored', async (t) => {
  const [port = 0] = await freePorts(1);
  const service = await serviceFor(t, ['--bind', `127.0.0.1:${port}`, 'export-and-listen.mjs']);
  const addresses = await service.addresses();
  assert.equal(addresses.length, 1);
  assert.equal((await get(await service.port())).body, 'own');
  await assert.rejects(get(port), { code: 'ECONNREFUSED' });
  const ignored = service.logs.filter(({ code }) => code === 'WARN_BIND_IGNORED');
  assert.equal(ignored.length, 1);
});

for (const afterMs of [100, 1_500]) {
  test(`a script that listens ${afterMs} ms after it has exported a handler serves by itself`, async (t) => {
    const [port = 0] = await freePorts(1);
    const env = { PORT: String(port), HOST: '127.0.0.1', AFTER_MS: String(afterMs) };
    const service = await serviceFor(t, ['export-listen-later.cjs'], { env });
    await waitFor('the script’s own servers', async () => {
      const { listeners } = await service.status();
      return listeners.length === 1 && listeners[0]?.address !== '127.0.0.1' && listeners[0]?.slots.length === 2;
    });
    for (let count = 0; count < 10; count += 1) assert.equal((await get(port)).body, 'own');
  });
}
