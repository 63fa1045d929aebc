// The comparison of our load generator with wrk is one of equals: both keep as many connections and send the same bytes.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { runClosedLoop } from '../../bench/closed-loop/run.js';
import { findTool } from '../../bench/debian.js';
import { runLoad } from '../../bench/load/loadgen.js';
import { loadgenFile } from '../../bench/paths.js';

const wrk = findTool('wrk');
const loadgen = existsSync(loadgenFile) ? undefined : 'loadgen is not built: npm run bench builds it';
const skip = loadgen ?? (typeof wrk === 'string' ? wrk : false);

const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n';
const CLOSING = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n';
const CONNECTIONS = 5;

interface Seen {
  /** On which something was asked: wrk opens one more, to see whether anybody is there. */
  asking: number;
  requests: number;
  /** Each kind of request that came, its lines in the order of the alphabet. */
  texts: string[];
  sources: string[];
}

/** What a server sees of a load. */
async function seenBy(newConnections: boolean, load: (port: number) => Promise<unknown>): Promise<Seen> {
  const seen = { asking: 0, requests: 0, texts: new Set<string>(), sources: new Set<string>() };
  const server = createServer((socket) => {
    seen.sources.add(socket.remoteAddress ?? '');
    socket.setEncoding('latin1');
    socket.on('error', () => {}); // it goes in the middle of an answer
    socket.once('data', () => (seen.asking += 1));
    socket.on('data', (text: string) => {
      seen.requests += 1;
      seen.texts.add(text.split('\r\n').toSorted().join('\n').replaceAll(/:\d+/g, ':port'));
      if (newConnections) socket.end(CLOSING);
      else socket.write(RESPONSE);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await load((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
  return { ...seen, texts: [...seen.texts], sources: [...seen.sources] };
}

for (const newConnections of [false, true]) {
  const title = newConnections ? 'new connections' : 'kept connections';
  test(`${title}: wrk and loadgen ask for the same, from as many`, { skip }, async () => {
    const host = '127.0.0.1';
    const common = { host, connections: CONNECTIONS, threads: 1, newConnections, seconds: 1 };
    const theirs = await seenBy(newConnections, (port) => runClosedLoop('wrk', { ...common, port }));
    const ours = await seenBy(newConnections, async (port) => {
      const requestsPerConnection = newConnections ? 1 : 0;
      const options = { connections: CONNECTIONS, requestsPerConnection, sources: 0, awaitWritable: true, count: 200 };
      const { completed, connectionsOpened } = await runLoad({ ...options, target: `${host}:${port}` });
      assert.equal(completed, 200);
      assert.equal(connectionsOpened, newConnections ? 200 : CONNECTIONS);
    });
    assert.deepEqual(ours.texts, theirs.texts);
    assert.equal(ours.texts.length, 1, 'all requests are the same');
    assert.deepEqual(ours.sources, theirs.sources);
    for (const { asking, requests } of [ours, theirs]) assert.equal(asking, newConnections ? requests : CONNECTIONS);
  });
}
