// The master's own HTTP address, as a listener that passes from one server to the next.
import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { HttpEndpoint } from '../../src/observe/http-endpoint.js';
import type { Logger } from '../../src/observe/log.js';
import { addon } from './support.js';

const silent = { info: () => {}, warn: () => {}, error: () => {} } as unknown as Logger;

test('who is accepted before a pause and asks after it is answered', async (t) => {
  const address = { host: '127.0.0.1', port: 0 };
  const endpoint = new HttpEndpoint(addon, silent, address, {
    name: 'metrics',
    title: 'metrics',
    bindError: 'ERR_METRICS_BIND',
    announce: (where) => where,
    respond: (_, response) => response.writeHead(200, { connection: 'close' }).end('answered'),
    release: () => {},
    memory: null,
    remember: () => {},
  });
  endpoint.open(null);
  await endpoint.serve();
  t.after(() => endpoint.close());
  const accepted = new Promise((resolve) => diagnostics.subscribe('net.server.socket', resolve));
  const client = net.connect(addon.listenerInfo(endpoint.handed?.fd ?? -1).port, address.host);
  t.after(() => client.destroy());
  await accepted;
  endpoint.pause();
  client.end('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
  assert.match(await text(client), /^HTTP\/1\.1 200 .*answered/s);
});
