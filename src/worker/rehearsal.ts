/**
 * What a spare does before it loads the program: it listens once, on a server of its own that nobody can reach, and answers a
 * request there. Whatever runs for the first time is found on disk, compiled and linked by that, which would otherwise be done
 * between the death of a worker and the first answer of its successor.
 */
import diagnostics from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type http from 'node:http';
import type net from 'node:net';
import type { WorkerSettings } from '../channel/messages.js';
import { bindTarget } from '../listener/bind-target.js';
import type { Addon } from '../native/addon.js';
import { StatePage } from '../state/page.js';
import { interceptListening } from './listen.js';
import { probeHandover, probeInternals, type ServerInternals } from './node-internals.js';
import { ServerRegistry, type TrackedServer } from './servers.js';
import { SessionTracker } from './sessions.js';
import { UpgradedSockets } from './upgraded.js';

/** By which others than the owner of a server hear of it. */
const CHANNELS = [
  'net.server.socket',
  'http.server.request.start',
  'http.server.response.created',
  'http.server.response.finish',
  'tracing:net.server.listen:asyncStart',
  'tracing:net.server.listen:asyncEnd',
  'tracing:net.server.listen:error',
];

const REQUEST = 'GET / HTTP/1.1\r\nHost: rehearsal\r\n\r\n';

/** Before anything of ours or of the program listens to Node's channels. Not where something preloaded does: it would see it. */
export function rehearse(addon: Addon, settings: WorkerSettings): void {
  if (probeInternals().length > 0 || CHANNELS.some((name) => diagnostics.hasSubscribers(name))) return;
  const server = privateServer();
  try {
    const tracked = listen(addon, settings, server);
    if (tracked === undefined) return;
    new SessionTracker().watch(server);
    new UpgradedSockets().watch(server);
    probeHandover(server as net.Server as ServerInternals);
    publish(tracked.fd());
    answerOnce(addon, server, tracked);
  } finally {
    server.close();
    server.removeAllListeners();
  }
}

function privateServer(): http.Server {
  const { createServer } = process.getBuiltinModule('node:http');
  const server = createServer((_request, response) => {
    // The date is kept for the answers to come, and would be an old one.
    response.sendDate = false;
    response.end('rehearsed');
    // It ends when the program is there already, and may listen to Node's channels.
    response.removeAllListeners();
  });
  // What is preloaded may have put its own into the prototype.
  server.emit = EventEmitter.prototype.emit.bind(server);
  return server.on('error', ignore);
}

/** The whole way of a `listen`, up to listen(2): the socket has a port, and nobody can connect to it. */
function listen(addon: Addon, settings: WorkerSettings, server: http.Server): TrackedServer | undefined {
  const key = 'rehearsal';
  const servers = new ServerRegistry();
  const restore = interceptListening({
    addon,
    source: {
      acquire: () => ({ key, fd: bindTarget(addon, '127.0.0.1', 0, false), data: null }),
      released: ignore,
    },
    settings,
    servers,
    limit: null,
    beforeListen: ignore,
    onListening: ignore,
    listen: () => 0,
  });
  try {
    server.listen(0);
  } finally {
    restore();
  }
  // Node's own comes when the server is closed, and so not at all.
  server.emit('listening');
  return servers.at(key);
}

function publish(listenerFd: number): void {
  const page = StatePage.create({ inKernel: false });
  try {
    const publisher = page.publish(0);
    publisher.setListeners([listenerFd]);
    publisher.setOpenConnections(0);
    publisher.setConnections(0);
    publisher.setRequests(0);
    publisher.stop();
  } finally {
    page.close();
  }
}

function answerOnce(addon: Addon, server: http.Server, tracked: TrackedServer): void {
  const [serverEnd, clientEnd] = addon.socketpair();
  try {
    let socket: net.Socket | undefined;
    server.once('connection', (accepted: net.Socket) => (socket = accepted));
    if (!tracked.feed(serverEnd)) addon.close(serverEnd);
    socket?.on('error', ignore).emit('data', Buffer.from(REQUEST));
    socket?.destroy();
  } finally {
    addon.close(clientEnd);
  }
}

function ignore(): void {}
