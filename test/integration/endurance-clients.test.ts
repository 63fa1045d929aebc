import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { ClientProcess } from '../../bench/endurance/client-process.js';

const CLIENTS = 5;

test('each client that keeps its connection has an address of its own', async () => {
  const sources: (string | undefined)[] = [];
  const server = http.createServer(({ url }, response) => {
    response.setHeader('x-id', url?.slice(1).split('?')[0] ?? '');
    response.end(`${url?.split('?')[0]}\n`);
  });
  server.on('connection', ({ remoteAddress }) => sources.push(remoteAddress));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const clients = await ClientProcess.start({
      port,
      keepAlive: CLIENTS,
      websockets: 0,
      wsModule: undefined,
      seed: 1,
    });
    await clients.end();
    assert.deepEqual(clients.losses, []);
    assert.equal(new Set(sources).size, CLIENTS, String(sources));
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
