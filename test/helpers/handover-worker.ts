/** The handover of a worker in this process, and a receiver that is played by hand. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { TypedChannel } from '../../src/channel/channel.js';
import { Handover } from '../../src/worker/handover/handover.js';
import { decodeToReceiver, type ToGiver, type ToReceiver } from '../../src/worker/handover/protocol.js';
import { feedConnection, type ServerInternals } from '../../src/worker/node-internals.js';
import { ServerRegistry } from '../../src/worker/servers.js';
import { loadAddon } from '../../src/native/load.js';
import { endClientsAfter } from './keep-alive.js';

const addon = loadAddon();
export const KEY = 'tcp:127.0.0.1:0#0';
export const KEEP_ALIVE_MS = 60_000;

/** An HTTP server of this process as a worker would have it, and its handover. */
export async function workerWith(t: TestContext, name: string) {
  endClientsAfter(t);
  const server = http.createServer(({ url = '' }, response) => {
    const [id = ''] = url.slice(1).split('?');
    response.setHeader('x-worker', name).setHeader('x-id', id).end();
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const handle = (server as unknown as ServerInternals)._handle;
  assert.ok(handle !== null);
  const servers = new ServerRegistry();
  servers.add({
    server,
    key: KEY,
    listening: true,
    fd: () => handle.fd,
    park: () => {},
    feed: (fd) => feedConnection(handle, fd),
  });
  const received: number[] = [];
  const handover = new Handover(addon, servers, true, {
    onAdopted: () => {},
    onReceived: ({ connections }) => received.push(connections),
    onMissing: (parts) => assert.fail(parts.join()),
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, handover, received, port: (server.address() as AddressInfo).port };
}

export interface PlayedReceiver {
  channel: TypedChannel<ToReceiver, ToGiver>;
  messages: ToReceiver[];
  fds: number[];
}

/** This side takes, by hand; what is released to it it has adopted at once, if it `adopts`. */
export function playReceiver(t: TestContext, fd: number, adopts = true): PlayedReceiver {
  const messages: ToReceiver[] = [];
  const fds: number[] = [];
  const channel: PlayedReceiver['channel'] = new TypedChannel(addon, fd, decodeToReceiver, {
    onMessage: (message, descriptors) => {
      messages.push(message);
      fds.push(...descriptors);
      if (adopts && message.type === 'release') channel.send({ type: 'adopted', id: message.id });
    },
    onBadMessage: (error) => assert.fail(error),
    onClose: () => {},
  });
  t.after(() => {
    channel.close();
    for (const fd of fds) addon.close(fd);
  });
  return { channel, messages, fds };
}

export const countOf = (server: http.Server) =>
  new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
