import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import { LingeringEnds } from '../../src/worker/linger.js';
import type { HttpSocket } from '../../src/worker/node-internals.js';
import { waitFor } from '../helpers/wait.js';

/** Long enough never to be over in a test. */
const FOR_EVER_MS = 3_600_000;

async function pair(t: TestContext): Promise<{ served: HttpSocket; client: net.Socket; events: string[] }> {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[HttpSocket]>;
  const { port } = server.address() as net.AddressInfo;
  const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const events: string[] = [];
  client.on('error', (error) => events.push(error.message));
  client.on('end', () => events.push('end'));
  client.resume();
  const [served] = await accepted;
  server.close();
  t.after(() => {
    client.destroy();
    served.destroy();
  });
  return { served, client, events };
}

test('what comes after the end is thrown away, and answered by no reset', async (t) => {
  const { served, client, events } = await pair(t);
  const ends = new LingeringEnds(FOR_EVER_MS);
  let heard = 0;
  served.on('data', (data) => (heard += data.length));
  ends.end(served);
  await once(client, 'end');
  await new Promise<void>((resolve) => client.write('x'.repeat(1_000_000), () => resolve()));
  assert.equal(ends.size, 1, 'the client has not closed its side');
  client.end();
  await once(client, 'close');
  await waitFor('the end', () => ends.size === 0);
  assert.deepEqual([events, heard, served.destroyed], [['end'], 0, true]);
});

test('what lies unread when it ends makes no reset', async (t) => {
  const { served, client, events } = await pair(t);
  served.pause();
  client.end('x'.repeat(1_000_000));
  const ends = new LingeringEnds(FOR_EVER_MS);
  ends.end(served);
  await once(client, 'close');
  await waitFor('the end', () => ends.size === 0);
  assert.deepEqual(events, ['end']);
});

test('what is being written when it ends arrives', async (t) => {
  const { served, client } = await pair(t);
  let received = 0;
  client.on('data', (data) => (received += data.length));
  client.on('end', () => client.end());
  served.write(Buffer.alloc(3_000_000));
  const ends = new LingeringEnds(FOR_EVER_MS);
  ends.end(served);
  await once(client, 'close');
  assert.equal(received, 3_000_000);
});

test('a client that never closes is waited for no longer than it was given', async (t) => {
  const { served } = await pair(t);
  const ends = new LingeringEnds(1);
  ends.end(served);
  await waitFor('the end', () => ends.size === 0);
  assert.equal(served.destroyed, true);
});
