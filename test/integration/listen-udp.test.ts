import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { assertBothAnswer, freePorts, printedLines, serviceFor } from './listen-support.js';

test('a UDP port is bound by the first worker, the others are told as Node tells it', async (t) => {
  const [port = 0] = await freePorts(1);
  const service = await serviceFor(t, ['listen-udp.cjs'], { env: { PORT: String(port) } });
  const lines = await printedLines<{ udp: unknown }>(service, 2);
  assert.equal(lines.filter(({ udp }) => udp === port).length, 1);
  const refused = lines.find(({ udp }) => udp !== port)?.udp as Record<string, unknown>;
  assert.equal(refused['code'], 'EADDRINUSE');
  assert.equal(refused['message'], `bind EADDRINUSE 127.0.0.1:${port}`);
  const client = dgram.createSocket('udp4');
  client.send('hello', port, '127.0.0.1');
  const [data] = (await once(client, 'message', { signal: AbortSignal.timeout(5_000) })) as [Buffer];
  assert.equal(data.toString(), 'hello');
  client.close();
  await assertBothAnswer(await service.port());
});
