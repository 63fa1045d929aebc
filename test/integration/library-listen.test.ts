import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { listen, Listener } from '../../src/index.js';
import { tally } from '../helpers/http.js';

test('two servers of one process share a port, and both answer', async () => {
  const servers = ['a', 'b'].map((name) => http.createServer((_, response) => response.end(name)));
  const [first, second] = servers;
  assert.ok(first !== undefined && second !== undefined);
  await listen(first, { address: '127.0.0.1', port: 0 });
  const { port } = first.address() as { port: number };
  await listen(second, { address: '127.0.0.1', port });
  assert.deepEqual([...(await tally(port, 60)).keys()].toSorted(), ['a', 'b']);
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
});

test('listen keeps the backlog that was asked for', async () => {
  const server = http.createServer();
  const probe = Listener.open({ address: '127.0.0.1', port: 0, backlogConnections: 77 });
  assert.equal(probe.info().backlogConnections, 77);
  const { port } = probe.info();
  await listen(server, { address: '127.0.0.1', port, backlogConnections: 99 });
  const fd = (server as unknown as { _handle: { fd: number } })._handle.fd;
  const { loadAddon } = await import('../../src/native/load.js');
  assert.equal(loadAddon().listenerInfo(fd).backlogConnections, 99);
  probe.close();
  server.close();
  await once(server, 'close');
});

test('a listener that cannot be bound leaves no descriptor and says what failed on what', () => {
  const holder = Listener.open({ address: '127.0.0.1', port: 0, reusePort: false });
  const { port } = holder.info();
  assert.throws(() => Listener.open({ address: '127.0.0.1', port }), {
    code: 'EADDRINUSE',
    subject: `127.0.0.1:${port}`,
  });
  holder.close();
  holder.close();
  assert.throws(() => holder.fd, /closed/);
});
